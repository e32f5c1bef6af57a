package dev.outrider.proxy.server;

/// What `--version` prints: Envoy's five parts, `revision/version/state/build type/TLS library`.
///
/// @param revision commit the launcher was built from; `unknown` outside a checkout
public record Version(String revision, String number) {
  public static Version current() {
    var number = Version.class.getPackage().getImplementationVersion();
    return new Version(
        System.getProperty("outrider.revision", "unknown"), number == null ? "unreleased" : number);
  }

  public String text() {
    return revision + "/" + number + "/Clean/RELEASE/none";
  }
}

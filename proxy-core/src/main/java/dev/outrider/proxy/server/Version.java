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

  /// The first three bytes of the revision, as Envoy's `server.version`; 0 outside a checkout.
  long sourceNumber() {
    return revision.matches("[0-9a-f]{6,}") ? Long.parseLong(revision.substring(0, 6), 16) : 0;
  }

  public String text() {
    return revision + "/" + number + "/Clean/RELEASE/none";
  }
}

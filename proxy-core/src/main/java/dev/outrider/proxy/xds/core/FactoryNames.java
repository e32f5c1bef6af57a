package dev.outrider.proxy.xds.core;

/// The names by which Envoy knows filters.
public final class FactoryNames {
  private static final String MESSAGES = "envoy.extensions.filters.";

  private FactoryNames() {}

  /// `envoy.filters.http.wasm` for the message `envoy.extensions.filters.http.wasm.v3.Wasm`; other
  /// types stay as they are.
  public static String of(String typeName) {
    if (!typeName.startsWith(MESSAGES)) {
      return typeName;
    }
    var kindEnd = typeName.indexOf('.', MESSAGES.length());
    var nameEnd = kindEnd < 0 ? -1 : typeName.indexOf('.', kindEnd + 1);
    var end = nameEnd < 0 ? typeName.length() : nameEnd;
    return "envoy.filters." + typeName.substring(MESSAGES.length(), end);
  }
}

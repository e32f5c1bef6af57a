package dev.outrider.proxywasm.guest;

import dev.outrider.proxywasm.engine.CompileRefusedException;
import dev.outrider.proxywasm.engine.CompiledModule;

/// The versions of the ABI that are spoken here, found by the marker that a module exports.
public enum AbiVersion {
  V0_1_0("0.1.0"),
  V0_2_0("0.2.0"),
  V0_2_1("0.2.1");

  private static final String MARKER = "proxy_abi_version_";

  private final String text;

  AbiVersion(String text) {
    this.text = text;
  }

  /// As people write it: `0.2.1`.
  public String text() {
    return text;
  }

  /// Whether a missing header is an empty value rather than NOT_FOUND.
  public boolean missingHeaderIsEmpty() {
    return this == V0_1_0;
  }

  /// The version of the first marker in the order of the export section.
  ///
  /// @throws CompileRefusedException if there is none, or an unknown one
  public static AbiVersion of(CompiledModule module) {
    for (var name : module.exportedFunctions()) {
      if (name.startsWith(MARKER)) {
        return ofMarker(module.name(), name);
      }
    }
    throw new CompileRefusedException(
        "module '"
            + module.name()
            + "' exports no "
            + MARKER
            + "* function: Missing or unknown Proxy-Wasm ABI version; build it with a proxy-wasm"
            + " SDK (ABI 0.1.0, 0.2.0 or 0.2.1)",
        null);
  }

  private static AbiVersion ofMarker(String module, String marker) {
    for (var version : values()) {
      if (marker.equals(MARKER + version.text.replace('.', '_'))) {
        return version;
      }
    }
    throw new CompileRefusedException(
        "module '"
            + module
            + "' asks for "
            + marker
            + ": Missing or unknown Proxy-Wasm ABI version; 0.1.0, 0.2.0 and 0.2.1 are spoken here",
        null);
  }
}

package dev.outrider.proxywasm.imports;

import dev.outrider.proxywasm.host.GuestLimit;
import dev.outrider.proxywasm.host.LogLevel;

/// Whether a plugin may make one more call: its limits, each breach counted by its host, said once
/// in the log.
final class CalloutBudget {
  private CalloutBudget() {}

  /// One more call that holds so many bytes.
  static boolean allows(HostCall call, long bytes) {
    var plugin = call.plugin();
    int most = plugin.limits().maxCallouts();
    if (plugin.callouts() < most) {
      return allowsBytes(call, bytes);
    }
    plugin.host().refused(GuestLimit.CALLOUTS);
    call.remarkOnce(
        LogLevel.WARN,
        "calls",
        "call refused: " + most + " calls of this plugin have not ended, which is its limit");
    return false;
  }

  /// So many more bytes.
  static boolean allowsBytes(HostCall call, long bytes) {
    var plugin = call.plugin();
    long most = plugin.limits().maxCalloutBytes();
    long held = plugin.calloutBytes() + call.services().grpc().queuedBytes(plugin.host());
    if (held + bytes <= most) {
      return true;
    }
    plugin.host().refused(GuestLimit.CALLOUTS);
    call.remarkOnce(
        LogLevel.WARN,
        "bytes",
        "%d bytes refused: calls of this plugin hold %d bytes already, its limit is %d"
            .formatted(bytes, held, most));
    return false;
  }
}

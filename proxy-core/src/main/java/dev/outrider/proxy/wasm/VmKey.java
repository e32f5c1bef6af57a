package dev.outrider.proxy.wasm;

import com.google.protobuf.ByteString;
import dev.outrider.proxywasm.host.Capabilities;
import dev.outrider.proxywasm.host.VmLimits;
import java.util.Map;

/// What makes two plugins share a VM on each worker: the same `vm_id`, VM configuration,
/// environment and code, as in Envoy (ABI reference 4.2).
///
/// Stricter than Envoy, where the plugin that comes first decides for all: limits, capabilities and
/// failure policy must be equal too, so that nobody gets into a VM that is guarded less than its
/// own configuration says.
///
/// @param sha256 digest of the code, lower-case hex
record VmKey(
    String vmId,
    ByteString configuration,
    Map<String, String> environment,
    String sha256,
    VmLimits limits,
    Capabilities capabilities,
    FailurePolicy failurePolicy,
    long reloadMillis) {

  static VmKey of(PluginSettings settings, String sha256) {
    var vm = settings.vm();
    return new VmKey(
        vm.vmId(),
        ByteString.copyFrom(vm.configuration()),
        Map.copyOf(vm.environment()),
        sha256,
        vm.limits(),
        vm.capabilities(),
        settings.failurePolicy(),
        settings.reloadMillis());
  }
}

package dev.outrider.proxywasm;

import dev.outrider.proxywasm.host.Capabilities;
import dev.outrider.proxywasm.host.VmLimits;
import java.util.Map;

/// What a VM is started with.
///
/// @param vmId names the VM's shared data and queues; empty is legal and shared by all that leave
///   it empty
/// @param configuration `VmConfig.configuration` as the guest reads it; not to be changed
/// @param environment what WASI `environ_get` answers, in this order
/// @param capabilities what of the ABI the VM has; VMs that are to differ in it cannot be shared
@SuppressWarnings("ArrayRecordComponent") // read into guest memory without a copy in between
public record VmSpec(
    String vmId,
    byte[] configuration,
    Map<String, String> environment,
    VmLimits limits,
    Capabilities capabilities) {
  /// No id, no configuration, no environment, default limits.
  public static final VmSpec DEFAULT = new VmSpec("", new byte[0], Map.of(), VmLimits.DEFAULT);

  /// With every capability.
  public VmSpec(
      String vmId, byte[] configuration, Map<String, String> environment, VmLimits limits) {
    this(vmId, configuration, environment, limits, Capabilities.ALL);
  }
}

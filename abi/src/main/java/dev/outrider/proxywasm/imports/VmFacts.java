package dev.outrider.proxywasm.imports;

import dev.outrider.proxywasm.guest.AbiVersion;
import dev.outrider.proxywasm.host.VmLimits;
import java.util.Map;

/// What never changes about a VM and a guest may ask for.
///
/// @param configuration as the guest reads buffer 6; not to be changed
/// @param environment as WASI `environ_get` answers it
@SuppressWarnings("ArrayRecordComponent") // read into guest memory without a copy in between
public record VmFacts(
    String vmId,
    byte[] configuration,
    Map<String, String> environment,
    AbiVersion abi,
    VmLimits limits) {}

package dev.outrider.proxywasm;

import dev.outrider.proxywasm.host.PluginLimits;

/// What a plugin (a root context) is created with.
///
/// @param rootId chooses the root context's factory in C++ guests; empty is legal
/// @param configuration `PluginConfig.configuration` as the guest reads it; not to be changed
/// @param allowOnHeadersStopIteration `PluginConfig.allow_on_headers_stop_iteration`: a header
///   callback that answers 1 holds the head only, instead of everything
@SuppressWarnings("ArrayRecordComponent") // read into guest memory without a copy in between
public record PluginSpec(
    String name,
    String rootId,
    byte[] configuration,
    boolean allowOnHeadersStopIteration,
    PluginLimits limits) {
  /// With the default limits.
  public PluginSpec(
      String name, String rootId, byte[] configuration, boolean allowOnHeadersStopIteration) {
    this(name, rootId, configuration, allowOnHeadersStopIteration, PluginLimits.DEFAULT);
  }
}

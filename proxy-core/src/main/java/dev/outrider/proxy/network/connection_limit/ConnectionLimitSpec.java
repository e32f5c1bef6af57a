package dev.outrider.proxy.network.connection_limit;

/// How many connections a chain may have (Envoy
/// `filters.network.connection_limit.v3.ConnectionLimit`).
///
/// @param statPrefix owner of `connection_limit.<statPrefix>.*`
/// @param most at a time, on all workers
/// @param delayMillis how long a connection too many is kept; 0 = not at all
/// @param enabledKey under which the runtime may say otherwise; empty = it does not
/// @param enabled false: nothing is limited or counted
record ConnectionLimitSpec(
    String statPrefix, long most, long delayMillis, String enabledKey, boolean enabled) {}

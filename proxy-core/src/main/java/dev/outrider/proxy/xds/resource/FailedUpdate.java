package dev.outrider.proxy.xds.resource;

/// A version of a resource that was refused, for `/config_dump`.
///
/// @param version of the response that brought it
/// @param details every reason
public record FailedUpdate(String version, String details, long epochMicros) {}

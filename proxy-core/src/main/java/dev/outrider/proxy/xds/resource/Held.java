package dev.outrider.proxy.xds.resource;

import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.config.EncodedMessage;

/// One accepted version of a resource.
///
/// @param bytes as received; equal bytes are the same version
/// @param version of the response that brought it; empty for a static resource
/// @param epochMicros when it was accepted
public record Held<T extends Resource>(
    T value, EncodedMessage bytes, ConfigOrigin origin, String version, long epochMicros) {}

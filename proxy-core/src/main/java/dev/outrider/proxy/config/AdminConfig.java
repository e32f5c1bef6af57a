package dev.outrider.proxy.config;

import dev.outrider.proxy.cluster.HostPort;

/// The admin listener (Envoy `bootstrap.v3.Admin`).
public record AdminConfig(HostPort address) {}

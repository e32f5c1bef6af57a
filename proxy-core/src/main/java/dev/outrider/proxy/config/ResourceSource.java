package dev.outrider.proxy.config;

/// Where a resource comes from, if not from the control plane that everything else comes from.
public sealed interface ResourceSource permits FileSource, RemoteSource {}

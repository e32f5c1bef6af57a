package dev.outrider.proxy.config;

/// A file that resources come from (Envoy `core.v3.PathConfigSource`).
///
/// @param path of a `DiscoveryResponse` as YAML or JSON
/// @param watchedDirectory something moved in there means that the file may be another; empty = the
///   file itself is moved
public record FileSource(String path, String watchedDirectory) implements ResourceSource {}

package dev.outrider.proxy.dns;

/// What a [DnsCache] says about a name.
public sealed interface NameAnswer {

  /// It has an address, and every cluster that uses the cache an endpoint.
  record Found(CachedName name) implements NameAnswer {}

  /// It has none.
  record Failed(String details) implements NameAnswer {}

  /// The cache is full.
  record Full() implements NameAnswer {}
}

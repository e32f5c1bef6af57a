package dev.outrider.proxy.extension;

import dev.outrider.proxy.dns.DnsCache;
import io.envoyproxy.envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheConfig;

/// Finds the cache that an extension names, which is made if there is none of that name. Main loop
/// only.
@FunctionalInterface
public interface DnsCacheReader {

  /// A problem if there is one of that name with other settings.
  ///
  /// @param context of the message itself
  Parsed<DnsCache> read(DnsCacheConfig message, ParseContext context);
}

package dev.outrider.proxy.dns;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.resolver.dns.DnsCache;
import io.netty.resolver.dns.DnsCacheEntry;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Not a cache: a resolver tells its cache, and nobody else, how long an address may be remembered.
/// Of an address that stands for several names it knows what was said last. One loop.
final class TtlNotes implements DnsCache {
  /// Servers can send more addresses than anybody asks for.
  private static final int KEPT = 4_096;

  private final Map<InetAddress, Long> seconds =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<InetAddress, Long> eldest) {
          return size() > KEPT;
        }
      };

  /// 0 if nothing is known.
  long of(InetAddress address) {
    return seconds.getOrDefault(address, 0L);
  }

  @Override
  public void clear() {
    seconds.clear();
  }

  @Override
  public boolean clear(String name) {
    return false;
  }

  @Override
  public @Nullable List<? extends DnsCacheEntry> get(String name, DnsRecord[] additional) {
    return null;
  }

  @Override
  public DnsCacheEntry cache(
      String name, DnsRecord[] additional, InetAddress address, long ttlSeconds, EventLoop loop) {
    seconds.remove(address); // it is the youngest again
    seconds.put(address, ttlSeconds);
    return new Entry(address, null);
  }

  @Override
  public DnsCacheEntry cache(String name, DnsRecord[] additional, Throwable cause, EventLoop loop) {
    return new Entry(null, cause);
  }

  private record Entry(@Nullable InetAddress address, @Nullable Throwable cause)
      implements DnsCacheEntry {}
}

package dev.outrider.proxy.dns;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.resolver.dns.DnsCache;
import io.netty.resolver.dns.DnsCacheEntry;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Not a cache: a resolver tells its cache, and nobody else, how long an address may be remembered.
/// One loop.
final class TtlNotes implements DnsCache {
  private final Map<InetAddress, Long> seconds = new HashMap<>();

  /// 0 if nothing is known. Forgets it.
  long take(InetAddress address) {
    var known = seconds.remove(address);
    return known == null ? 0 : known;
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

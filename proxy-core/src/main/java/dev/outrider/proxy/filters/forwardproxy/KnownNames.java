package dev.outrider.proxy.filters.forwardproxy;

import dev.outrider.proxy.cluster.Permit;
import dev.outrider.proxy.cluster.WantedName;
import dev.outrider.proxy.dns.CachedName;
import dev.outrider.proxy.dns.DnsCache;
import dev.outrider.proxy.dns.NameAnswer;
import dev.outrider.proxy.loop.Loop;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/// What one worker knows of a cache: names that have an address, so that their requests need not
/// ask the main loop. One loop.
final class KnownNames {
  private final DnsCache cache;
  private final Loop loop;
  private final Map<String, CachedName> byKey = new HashMap<>();

  KnownNames(DnsCache cache, Loop loop) {
    this.cache = cache;
    this.loop = loop;
  }

  /// Whether one more request may wait.
  boolean admit(Permit permit) {
    return cache.admit(permit);
  }

  /// Whether a name has an address; it is used then.
  boolean use(WantedName wanted) {
    var name = byKey.get(wanted.key());
    return name != null && name.use(loop.clock().nanoTime());
  }

  /// Finds out; the answer comes in a task of its own.
  void ask(WantedName wanted, Consumer<NameAnswer> answer) {
    cache.ask(
        wanted,
        loop,
        told -> {
          if (told instanceof NameAnswer.Found(var name)) {
            var now = loop.clock().nanoTime();
            byKey.values().removeIf(old -> !old.known()); // no more are kept than the cache has
            byKey.put(wanted.key(), name);
            name.use(now);
          }
          answer.accept(told);
        });
  }
}

package dev.outrider.proxy.dns;

import dev.outrider.proxy.cluster.DnsCacheSpec;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HealthStatus;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.Limit;
import dev.outrider.proxy.cluster.Locality;
import dev.outrider.proxy.cluster.Permit;
import dev.outrider.proxy.cluster.WantedName;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatOwner;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The addresses of names that requests ask for, each resolved once for all loops and again while
/// somebody uses it (Envoy `DnsCacheImpl`). Main loop only, but for [#ask] and [#admit].
public final class DnsCache {
  private final DnsCacheSpec spec;
  private final NameResolver resolver;
  private final Loop loop;
  private final RandomGenerator random;
  private final StatOwner stats;
  private final Supplier<CompletionStage<?>> taken;
  private final Limit pending;
  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private final List<Runnable> watchers = new ArrayList<>();

  /// @param taken completes, on the main loop, when every loop has the endpoints that watchers were
  ///   told of before
  DnsCache(
      DnsCacheSpec spec,
      NameResolver resolver,
      Loop loop,
      RandomGenerator random,
      MetricRegistry metrics,
      Supplier<CompletionStage<?>> taken) {
    this.taken = taken;
    this.spec = spec;
    this.resolver = new LiteralResolver(resolver, loop);
    this.loop = loop;
    this.random = random;
    this.pending = new Limit(spec.maxPending());
    this.stats = metrics.owner(DnsCacheStats.TEMPLATE, "dns_cache." + spec.name());
    stats.computedBy(new DnsCacheStats.Breaker(pending));
  }

  public DnsCacheSpec spec() {
    return spec;
  }

  /// Makes room for one request that may have to wait; false, and counted, if too many wait. Any
  /// thread.
  public boolean admit(Permit permit) {
    if (permit.tryTake(pending)) {
      return true;
    }
    stats.add(DnsCacheStats.PENDING_OVERFLOW, 1);
    return false;
  }

  /// Finds out about a name. Any thread.
  ///
  /// @param asker where the answer comes, once, as a task; behind the endpoint that a name has
  public void ask(WantedName wanted, Loop asker, Consumer<NameAnswer> answer) {
    loop.execute(() -> find(wanted, told -> asker.execute(() -> answer.accept(told))));
  }

  /// @param changed run whenever [#endpoints] says something else
  void watch(Runnable changed) {
    watchers.add(changed);
  }

  void unwatch(Runnable changed) {
    watchers.remove(changed);
  }

  /// One for each name that has an address. Its host name is the name, with the port.
  List<EndpointSpec> endpoints() {
    return entries.values().stream()
        .filter(entry -> !entry.addresses.isEmpty())
        .map(Entry::endpoint)
        .toList();
  }

  /// Asks for names that nobody has wanted yet.
  void preresolve() {
    spec.preresolved().stream().filter(name -> !entries.containsKey(name.key())).forEach(this::add);
  }

  private void find(WantedName wanted, Consumer<NameAnswer> waiter) {
    var entry = entries.get(wanted.key());
    if (entry != null && entry.answered && !entry.addresses.isEmpty()) {
      waiter.accept(entry.answer());
      return;
    }
    if (entries.size() >= spec.maxHosts()) { // as Envoy, also of a name that is being asked for
      stats.add(DnsCacheStats.HOST_OVERFLOW, 1);
      waiter.accept(new NameAnswer.Full());
      return;
    }
    if (entry != null && entry.answered) { // badly: the request has it asked for again
      remove(entry);
      entry = null;
    }
    (entry == null ? add(wanted) : entry).waiters.add(waiter);
  }

  private Entry add(WantedName wanted) {
    var entry = new Entry(wanted);
    entries.put(wanted.key(), entry);
    stats.add(DnsCacheStats.HOST_ADDED, 1);
    stats.add(DnsCacheStats.NUM_HOSTS, 1);
    entry.resolve();
    return entry;
  }

  private void remove(Entry entry) {
    entries.remove(entry.wanted.key());
    entry.close();
    stats.add(DnsCacheStats.HOST_REMOVED, 1);
    stats.add(DnsCacheStats.NUM_HOSTS, -1);
    if (!entry.addresses.isEmpty()) {
      tellWatchers();
    }
  }

  private void tellWatchers() {
    List.copyOf(watchers).forEach(Runnable::run);
  }

  /// One name. What it once had it keeps until it has something else.
  private final class Entry {
    private final WantedName wanted;
    private final CachedName shared = new CachedName(loop.clock().nanoTime());
    private final FailureDelay failures = new FailureDelay(spec.failures(), random);
    private final Timer refresh = loop.timers().newTimer(this::refresh);
    private final Timer timeout = loop.timers().newTimer(this::onTimeout);
    private final List<Consumer<NameAnswer>> waiters = new ArrayList<>();
    private List<HostPort> addresses = List.of();
    private String details = "";
    private boolean answered;
    private NameResolver.@Nullable Query query;

    Entry(WantedName wanted) {
      this.wanted = wanted;
    }

    EndpointSpec endpoint() {
      return new EndpointSpec(
              wanted.address(), wanted.key(), 1, 0, Locality.NONE, HealthStatus.UNKNOWN)
          .resolvedTo(addresses.getFirst(), addresses.subList(1, addresses.size()));
    }

    NameAnswer answer() {
      return addresses.isEmpty() ? new NameAnswer.Failed(details) : new NameAnswer.Found(shared);
    }

    void resolve() {
      stats.add(DnsCacheStats.QUERY_ATTEMPT, 1);
      if (spec.queryTimeoutMillis() > 0) {
        timeout.arm(spec.queryTimeoutMillis());
      }
      query = resolver.resolve(wanted.address().host(), spec.family(), this::onAnswer);
    }

    void close() {
      shared.forget();
      refresh.cancel();
      cancelQuery();
    }

    private void cancelQuery() {
      timeout.cancel();
      var open = query;
      query = null;
      if (open != null) {
        open.cancel();
      }
    }

    private void refresh() {
      var idle = loop.clock().nanoTime() - shared.usedNanos();
      if (idle / 1_000_000 > spec.hostTtlMillis()) {
        remove(this);
      } else {
        resolve();
      }
    }

    private void onTimeout() {
      cancelQuery();
      stats.add(DnsCacheStats.QUERY_TIMEOUT, 1);
      onAnswer(new DnsAnswer.Failed("resolve_timeout"));
    }

    private void onAnswer(DnsAnswer answer) {
      query = null;
      timeout.cancel();
      switch (answer) {
        case DnsAnswer.Addresses(var all) -> {
          stats.add(DnsCacheStats.QUERY_SUCCESS, 1);
          failures.reset();
          details = "no_address"; // unless it has one, or had
          take(all);
        }
        case DnsAnswer.Failed(var reason) -> {
          stats.add(DnsCacheStats.QUERY_FAILURE, 1);
          details = reason;
          if (spec.asksAgainAfterFailure()) {
            refresh.arm(failures.next());
          }
        }
      }
      if (!answered) {
        var _ = taken.get().thenRun(this::tell);
      }
    }

    /// Who resumes a request now finds its endpoint on its loop.
    private void tell() {
      answered = true;
      var told = List.copyOf(waiters);
      waiters.clear();
      told.forEach(waiter -> waiter.accept(answer()));
    }

    private void take(List<DnsAnswer.Address> all) {
      refresh.arm(
          all.isEmpty()
              ? spec.refreshMillis()
              : Math.max(spec.minRefreshMillis(), all.getFirst().ttlSeconds() * 1_000));
      var found =
          all.stream()
              .map(address -> new HostPort(address.ip(), wanted.address().port()))
              .distinct()
              .toList();
      if (!found.isEmpty() && !found.equals(addresses)) {
        addresses = found;
        stats.add(DnsCacheStats.HOST_ADDRESS_CHANGED, 1);
        tellWatchers();
      }
    }
  }
}

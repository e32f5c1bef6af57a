package dev.outrider.proxy.downstream.arrival;

import dev.outrider.proxy.config.ListenerFilter;
import dev.outrider.proxy.config.ListenerFilters;
import dev.outrider.proxy.listener.PortPredicate;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.metrics.StatOwner;
import dev.outrider.proxy.metrics.StatTemplate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// The listener filters of one listener on one loop, with their statistics: makes those of a
/// connection. [#release] ends it.
public final class ArrivalFilters {
  private final List<StatOwner> owners = new ArrayList<>();
  private final List<Maker> makers = new ArrayList<>();
  private final List<DiscoveredArrival> discovered = new ArrayList<>(0);
  private final Map<String, ListenerFilter> current;
  private final MetricRegistry registry;
  private final int loop;

  /// @param current configurations that have come by themselves, by handle; changes as they come
  /// @param loop the index of the loop
  public ArrivalFilters(
      ListenerFilters config,
      Map<String, ListenerFilter> current,
      MetricRegistry registry,
      int loop) {
    this.current = current;
    this.registry = registry;
    this.loop = loop;
    for (var entry : config.entries()) {
      makers.add(new Maker(maker(entry.filter(), owners), entry.disabled()));
    }
  }

  /// @param leased gets what the filter counts with
  Supplier<ArrivalFilter> maker(ListenerFilter filter, List<StatOwner> leased) {
    return switch (filter) {
      case ListenerFilter.TlsInspector(var tlsOnly) -> {
        var stats = lease(TlsInspectorStats.TEMPLATE, "tls_inspector", leased);
        yield () -> new TlsInspector(stats, tlsOnly);
      }
      case ListenerFilter.HttpInspector() -> {
        var stats = lease(HttpInspectorStats.TEMPLATE, "http_inspector", leased);
        yield () -> new HttpInspector(stats);
      }
      case ListenerFilter.ProxyProtocol config -> {
        var prefix = config.statPrefix().isEmpty() ? "" : "." + config.statPrefix();
        var stats = lease(ProxyProtocolStats.TEMPLATE, "proxy_proto" + prefix, leased);
        var errors = registry.counter("downstream_cx_proxy_proto_error");
        yield () -> new ProxyProtocol(config, stats, errors);
      }
      case ListenerFilter.OriginalDst() -> OriginalDst::new;
      case ListenerFilter.Discovered config -> {
        var maker = new DiscoveredArrival(this, config, current);
        discovered.add(maker);
        yield maker;
      }
    };
  }

  private StatCells lease(StatTemplate template, String prefix, List<StatOwner> leased) {
    var owner = registry.owner(template, prefix);
    leased.add(owner);
    return owner.cells(loop);
  }

  public boolean isEmpty() {
    return makers.isEmpty();
  }

  /// Whether the configuration of every filter is there, also of those that are disabled: no
  /// connection is looked at without.
  public boolean complete() {
    for (var each : discovered) {
      if (each.missing()) {
        return false;
      }
    }
    return true;
  }

  /// For one connection, each to be asked for when the one before it is done.
  public int count() {
    return makers.size();
  }

  /// The filter at that place; one that does nothing if it is disabled for this connection.
  public ArrivalFilter filter(int place, Arrival arrival) {
    var maker = makers.get(place);
    return maker.disabled.test(arrival.local().port())
        ? (_, _) -> ArrivalFilter.Outcome.DONE
        : maker.filter.get();
  }

  /// Gives the statistics back.
  public void release() {
    discovered.forEach(DiscoveredArrival::release);
    owners.forEach(StatOwner::release);
    owners.clear();
  }

  private record Maker(Supplier<ArrivalFilter> filter, PortPredicate disabled) {}
}

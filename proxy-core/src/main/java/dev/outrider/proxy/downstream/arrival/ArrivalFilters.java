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
import java.util.function.Supplier;

/// The listener filters of one listener on one loop, with their statistics: makes those of a
/// connection. [#release] ends it.
public final class ArrivalFilters {
  private final List<StatOwner> owners = new ArrayList<>();
  private final List<Maker> makers = new ArrayList<>();
  private final MetricRegistry registry;
  private final int loop;

  /// @param loop the index of the loop
  public ArrivalFilters(ListenerFilters config, MetricRegistry registry, int loop) {
    this.registry = registry;
    this.loop = loop;
    for (var entry : config.entries()) {
      makers.add(new Maker(maker(entry.filter()), entry.disabled()));
    }
  }

  private Supplier<ArrivalFilter> maker(ListenerFilter filter) {
    return switch (filter) {
      case ListenerFilter.TlsInspector(var tlsOnly) -> {
        var stats = lease(TlsInspectorStats.TEMPLATE, "tls_inspector");
        yield () -> new TlsInspector(stats, tlsOnly);
      }
      case ListenerFilter.HttpInspector() -> {
        var stats = lease(HttpInspectorStats.TEMPLATE, "http_inspector");
        yield () -> new HttpInspector(stats);
      }
      case ListenerFilter.ProxyProtocol config -> {
        var prefix = config.statPrefix().isEmpty() ? "" : "." + config.statPrefix();
        var stats = lease(ProxyProtocolStats.TEMPLATE, "proxy_proto" + prefix);
        var errors = registry.counter("downstream_cx_proxy_proto_error");
        yield () -> new ProxyProtocol(config, stats, errors);
      }
      case ListenerFilter.OriginalDst() -> OriginalDst::new;
    };
  }

  private StatCells lease(StatTemplate template, String prefix) {
    var owner = registry.owner(template, prefix);
    owners.add(owner);
    return owner.cells(loop);
  }

  public boolean isEmpty() {
    return makers.isEmpty();
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
    owners.forEach(StatOwner::release);
    owners.clear();
  }

  private record Maker(Supplier<ArrivalFilter> filter, PortPredicate disabled) {}
}

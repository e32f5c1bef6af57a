package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.IpAddress;
import dev.outrider.proxy.cluster.OriginalHosts;
import dev.outrider.proxy.metrics.StatCells;
import org.jspecify.annotations.Nullable;

/// Takes the endpoint that the client wanted to go to: what a header says, if one may, else where
/// the connection was to go before it was redirected (Envoy ORIGINAL_DST).
public final class OriginalDstPicker implements HostPicker {
  private final Discovery.OriginalDst config;
  private final OriginalHosts hosts;
  private final StatCells cells;

  /// @param cells the loop's cells of [ClusterStats]
  public OriginalDstPicker(Discovery.OriginalDst config, OriginalHosts hosts, StatCells cells) {
    this.config = config;
    this.hosts = hosts;
    this.cells = cells;
  }

  @Override
  public @Nullable Endpoint pick(PickContext context) {
    var meant = fromHeader(context);
    if (meant == null) {
      meant = context.originalDestination();
    }
    if (meant == null || meant.isPipe()) {
      return null;
    }
    var address = at(meant);
    var known = hosts.find(address);
    if (known == null) {
      known = hosts.findOrMake(address);
      cells.inc(ClusterStats.MEMBERSHIP_CHANGE);
    }
    return known;
  }

  private @Nullable HostPort fromHeader(PickContext context) {
    var name = config.header();
    var value = name == null ? null : context.requestHeader(name);
    if (value == null) {
      return null;
    }
    var parsed = parse(value);
    if (parsed == null) {
      cells.inc(ClusterStats.ORIGINAL_DST_HOST_INVALID);
    }
    return parsed;
  }

  /// An address and a port, that of IPv6 in brackets; null if it is anything else.
  private static @Nullable HostPort parse(String text) {
    var colon = text.lastIndexOf(':');
    if (colon <= 0 || colon + 1 == text.length() || text.length() - colon > 6) {
      return null;
    }
    var port = 0;
    for (var i = colon + 1; i < text.length(); i++) {
      var digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return null;
      }
      port = port * 10 + digit;
    }
    var bracketed = text.charAt(0) == '[' && text.charAt(colon - 1) == ']';
    var host = bracketed ? text.substring(1, colon - 1) : text.substring(0, colon);
    var ip = IpAddress.parse(host);
    return ip == null || port > 65_535 || ip.v6() != bracketed ? null : new HostPort(host, port);
  }

  private HostPort at(HostPort meant) {
    return config.port() == 0 ? meant : new HostPort(meant.host(), config.port());
  }
}

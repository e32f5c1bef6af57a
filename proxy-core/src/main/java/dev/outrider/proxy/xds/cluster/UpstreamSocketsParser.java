package dev.outrider.proxy.xds.cluster;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.SocketSetting;
import dev.outrider.proxy.cluster.UpstreamSockets;
import dev.outrider.proxy.cluster.UpstreamSockets.Source;
import dev.outrider.proxy.xds.core.Addresses;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.BindConfig;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.core.v3.SocketOption;
import io.envoyproxy.envoy.config.core.v3.SocketOption.SocketState;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// Reads `upstream_bind_config` and `upstream_connection_options` of a cluster: what its sockets
/// are bound and set to.
final class UpstreamSocketsParser {
  private final String owner;
  private final Scope scope;
  private final BindConfig bind;
  private final List<SocketSetting> keepalive;

  private UpstreamSocketsParser(Cluster message, Scope scope) {
    this.owner = "Cluster " + message.getName();
    this.scope = scope.field("upstream_bind_config");
    this.bind = message.getUpstreamBindConfig();
    this.keepalive = keepalive(message, scope.field("upstream_connection_options"));
  }

  static UpstreamSockets parse(Cluster message, Scope scope) {
    return new UpstreamSocketsParser(message, scope).parse();
  }

  private static List<SocketSetting> keepalive(Cluster message, Scope scope) {
    var options = message.getUpstreamConnectionOptions();
    scope.refuse(
        options.getSetLocalInterfaceNameOnUpstreamConnections(),
        "set_local_interface_name_on_upstream_connections");
    if (!options.hasTcpKeepalive()) {
      return List.of();
    }
    var configured = options.getTcpKeepalive();
    var settings = new ArrayList<SocketSetting>();
    settings.add(SocketSetting.keepalive());
    if (configured.hasKeepaliveProbes()) {
      settings.add(
          SocketSetting.keepaliveProbes(Scope.clamp(configured.getKeepaliveProbes().getValue())));
    }
    if (configured.hasKeepaliveTime()) {
      settings.add(
          SocketSetting.keepaliveTime(Scope.clamp(configured.getKeepaliveTime().getValue())));
    }
    if (configured.hasKeepaliveInterval()) {
      settings.add(
          SocketSetting.keepaliveInterval(
              Scope.clamp(configured.getKeepaliveInterval().getValue())));
    }
    return settings;
  }

  @SuppressWarnings("deprecation") // still sent by control planes
  private UpstreamSockets parse() {
    scope.refuse(bind.hasLocalAddressSelector(), "local_address_selector");
    var more = bind.getExtraSourceAddressesCount() + bind.getAdditionalSourceAddressesCount();
    if (bind.getExtraSourceAddressesCount() > 0 && bind.getAdditionalSourceAddressesCount() > 0) {
      scope.problem(
          "Can't specify both `extra_source_addresses` and `additional_source_addresses` in the %s's upstream binding config"
              .formatted(owner));
    } else if (!bind.hasSourceAddress() && more > 0) {
      scope.problem(
          owner
              + "'s upstream binding config has extra/additional source addresses but no"
              + " source_address. Extra/additional addresses cannot be specified if"
              + " source_address is not set.");
    } else if (more > 1) {
      scope.problem(
          owner
              + "'s upstream binding config has more than one extra/additional source addresses."
              + " Only one extra/additional source can be supported in BindConfig's"
              + " extra_source_addresses/additional_source_addresses field");
    }
    var sources = new ArrayList<Source>();
    var own = settings(bind.getSocketOptionsList(), scope);
    if (bind.hasSourceAddress()) {
      add(sources, bind.getSourceAddress(), own, scope.field("source_address"));
    }
    for (var i = 0; i < bind.getExtraSourceAddressesCount(); i++) {
      var extra = bind.getExtraSourceAddresses(i);
      var item = scope.item("extra_source_addresses", i);
      var settings =
          extra.hasSocketOptions()
              ? settings(
                  extra.getSocketOptions().getSocketOptionsList(), item.field("socket_options"))
              : own;
      add(sources, extra.getAddress(), settings, item.field("address"));
    }
    for (var i = 0; i < bind.getAdditionalSourceAddressesCount(); i++) {
      var item = scope.item("additional_source_addresses", i);
      add(sources, bind.getAdditionalSourceAddresses(i), own, item);
    }
    if (sources.size() == 2
        && sources.get(0).address().ip().v6() == sources.get(1).address().ip().v6()) {
      scope.problem(
          owner
              + "'s upstream binding config has two same IP version source addresses. Only two"
              + " different IP version source addresses can be supported in BindConfig's"
              + " source_address and extra_source_addresses/additional_source_addresses fields");
    }
    return new UpstreamSockets(sources, joined(own, keepalive));
  }

  private void add(
      List<Source> sources, SocketAddress message, List<SocketSetting> settings, Scope place) {
    HostPort address = Addresses.socket(message, place);
    var all = new ArrayList<SocketSetting>();
    if (bind.hasFreebind()) {
      all.add(SocketSetting.freebind(address.ip().v6(), bind.getFreebind().getValue()));
    }
    all.addAll(joined(settings, keepalive));
    sources.add(new Source(address, all));
  }

  private static List<SocketSetting> joined(List<SocketSetting> one, List<SocketSetting> other) {
    var all = new ArrayList<>(one);
    all.addAll(other);
    return all;
  }

  private static List<SocketSetting> settings(List<SocketOption> messages, Scope place) {
    var settings = new ArrayList<SocketSetting>();
    for (var i = 0; i < messages.size(); i++) {
      var message = messages.get(i);
      var item = place.item("socket_options", i);
      var level = number(message.getLevel(), item.field("level"));
      var name = number(message.getName(), item.field("name"));
      if (message.getState() == SocketState.STATE_LISTENING
          || (message.getType().hasDatagram() && !message.getType().hasStream())) {
        continue; // these sockets do not listen, and are streams
      }
      settings.add(
          message.hasBufValue()
              ? new SocketSetting(level, name, ByteBuffer.wrap(message.getBufValue().toByteArray()))
              : SocketSetting.of(level, name, (int) message.getIntValue()));
    }
    return settings;
  }

  private static int number(long value, Scope place) {
    if (value != (int) value) {
      place.problem("is no number of a socket option: " + value);
    }
    return (int) value;
  }
}

package dev.outrider.proxy.xds.listener;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.BindOptions;
import dev.outrider.proxy.config.ListenerSocket;
import dev.outrider.proxy.config.SocketOption;
import dev.outrider.proxy.xds.core.Addresses;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.core.v3.SocketOption.SocketState;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// Reads what a `listener.v3.Listener` says about its sockets.
public final class ListenerSocketParser {
  private ListenerSocketParser() {}

  /// At least one, a placeholder if there were problems.
  static List<ListenerSocket> sockets(Listener message, Scope scope) {
    var sockets = new ArrayList<ListenerSocket>();
    var own = options(message.getSocketOptionsList(), scope);
    var place = scope.field("address");
    var first = Addresses.parse(message.getAddress(), place);
    sockets.add(socket(message, first, message.getAddress().getPipe().getMode(), own));
    for (var i = 0; i < message.getAdditionalAddressesCount(); i++) {
      var another = message.getAdditionalAddresses(i);
      var item = scope.item("additional_addresses", i);
      var options =
          another.hasSocketOptions()
              ? options(
                  another.getSocketOptions().getSocketOptionsList(), item.field("socket_options"))
              : own;
      var address = Addresses.parse(another.getAddress(), item.field("address"));
      sockets.add(socket(message, address, another.getAddress().getPipe().getMode(), options));
    }
    return sockets;
  }

  static BindOptions binding(Listener message) {
    return new BindOptions(
        !message.hasBindToPort() || message.getBindToPort().getValue(),
        !message.hasEnableReusePort() || message.getEnableReusePort().getValue(),
        Scope.clamp(message.getTcpBacklogSize().getValue()),
        Scope.clamp(message.getMaxConnectionsToAcceptPerSocketEvent().getValue()));
  }

  /// The fields that are options by another name come before those by number, as in Envoy.
  private static ListenerSocket socket(
      Listener message, HostPort address, int mode, List<SocketOption> configured) {
    var options = new ArrayList<SocketOption>();
    if (!address.isPipe()) {
      var v6 = address.host().indexOf(':') >= 0;
      if (message.getTransparent().getValue()) {
        options.add(SocketOption.transparent(v6));
      }
      if (message.getFreebind().getValue()) {
        options.add(SocketOption.freebind(v6));
      }
      if (message.hasTcpFastOpenQueueLength()) {
        options.add(
            SocketOption.fastOpen(Scope.clamp(message.getTcpFastOpenQueueLength().getValue())));
      }
    }
    options.addAll(configured);
    return new ListenerSocket(address, mode, options);
  }

  /// Options that are given by their numbers.
  public static List<SocketOption> options(
      List<io.envoyproxy.envoy.config.core.v3.SocketOption> messages, Scope scope) {
    var options = new ArrayList<SocketOption>();
    for (var i = 0; i < messages.size(); i++) {
      var message = messages.get(i);
      var item = scope.item("socket_options", i);
      var level = number(message.getLevel(), item.field("level"));
      var name = number(message.getName(), item.field("name"));
      var listening = message.getState() != SocketState.STATE_PREBIND;
      if (message.getType().hasDatagram() && !message.getType().hasStream()) {
        continue; // these sockets are streams
      }
      options.add(
          message.hasBufValue()
              ? new SocketOption(
                  level, name, ByteBuffer.wrap(message.getBufValue().toByteArray()), listening)
              : SocketOption.of(level, name, (int) message.getIntValue(), listening));
    }
    return options;
  }

  private static int number(long value, Scope scope) {
    if (value != (int) value) {
      scope.problem("is no number of a socket option: " + value);
    }
    return (int) value;
  }
}

package dev.outrider.proxy.listener;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.IpAddress;
import dev.outrider.proxy.cluster.IpRange;
import dev.outrider.proxy.stream.ConnectionInfo;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One level of a [ChainTree], at which some chain asks for something: by which value it goes on.
///
/// Every level has an `any`: where to go with chains that ask for nothing here.
sealed interface ChainNode<T> {
  @Nullable T find(ConnectionInfo connection);

  /// The end: nothing else is asked for.
  record Leaf<T>(T chain) implements ChainNode<T> {
    @Override
    public T find(ConnectionInfo connection) {
      return chain;
    }
  }

  /// Every chain asks for something.
  record None<T>() implements ChainNode<T> {
    @Override
    public @Nullable T find(ConnectionInfo connection) {
      return null;
    }
  }

  /// By the port where the client connected to.
  record DestinationPort<T>(Map<Integer, ChainNode<T>> byPort, ChainNode<T> any)
      implements ChainNode<T> {
    public DestinationPort {
      byPort = Map.copyOf(byPort);
    }

    @Override
    public @Nullable T find(ConnectionInfo connection) {
      return byPort.getOrDefault(connection.local().port(), any).find(connection);
    }
  }

  /// By the longest of the ranges that an address is in.
  record Ranges<T>(
      RangeIndex<ChainNode<T>> byRange,
      ChainNode<T> any,
      Function<ConnectionInfo, HostPort> address)
      implements ChainNode<T> {
    /// Stands for the address of a Unix domain socket.
    private static final IpAddress PIPE = IpAddress.v4(-1);

    static <T> ChainNode<T> of(
        Map<IpRange, ChainNode<T>> byRange,
        ChainNode<T> any,
        Function<ConnectionInfo, HostPort> address) {
      return new Ranges<>(RangeIndex.of(byRange), any, address);
    }

    @Override
    public @Nullable T find(ConnectionInfo connection) {
      var place = address.apply(connection);
      var node = byRange.find(place.isPipe() ? PIPE : place.ip());
      return (node == null ? any : node).find(connection);
    }
  }

  /// By the SNI: the whole name, or else the longest of its endings, from a dot on.
  record ServerName<T>(Map<String, ChainNode<T>> byName, ChainNode<T> any) implements ChainNode<T> {
    public ServerName {
      byName = Map.copyOf(byName);
    }

    @Override
    public @Nullable T find(ConnectionInfo connection) {
      var name = connection.serverName();
      var node = byName.get(name);
      for (var dot = name.indexOf('.', 1);
          node == null && dot >= 0 && dot < name.length() - 1;
          dot = name.indexOf('.', dot + 1)) {
        node = byName.get("*" + name.substring(dot));
      }
      return (node == null ? any : node).find(connection);
    }
  }

  /// By what the bytes are wrapped in.
  record Transport<T>(Map<String, ChainNode<T>> byName, ChainNode<T> any) implements ChainNode<T> {
    public Transport {
      byName = Map.copyOf(byName);
    }

    @Override
    public @Nullable T find(ConnectionInfo connection) {
      return byName.getOrDefault(connection.detected().transportProtocol(), any).find(connection);
    }
  }

  /// By the first of the client's protocols that a chain names.
  record Application<T>(Map<String, ChainNode<T>> byName, ChainNode<T> any)
      implements ChainNode<T> {
    public Application {
      byName = Map.copyOf(byName);
    }

    @Override
    public @Nullable T find(ConnectionInfo connection) {
      for (var protocol : connection.detected().applicationProtocols()) {
        var node = byName.get(protocol);
        if (node != null) {
          return node.find(connection);
        }
      }
      return any.find(connection);
    }
  }

  /// By whether the client is on this machine.
  record Source<T>(Map<ChainMatch.SourceType, ChainNode<T>> byType, ChainNode<T> any)
      implements ChainNode<T> {
    public Source {
      byType = Map.copyOf(byType);
    }

    @Override
    public @Nullable T find(ConnectionInfo connection) {
      return byType.getOrDefault(ChainMatch.SourceType.of(connection), any).find(connection);
    }
  }

  /// By the client's port.
  record SourcePort<T>(Map<Integer, ChainNode<T>> byPort, ChainNode<T> any)
      implements ChainNode<T> {
    public SourcePort {
      byPort = Map.copyOf(byPort);
    }

    @Override
    public @Nullable T find(ConnectionInfo connection) {
      return byPort.getOrDefault(connection.remote().port(), any).find(connection);
    }
  }
}

package dev.outrider.proxy.downstream;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.stream.ConnectionInfo;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;

/// One listener on one worker: gives accepted connections to its current chain. An update that
/// keeps the address changes the chain for later connections; those that are there drain on the
/// chain they have.
public final class Listener {
  private static final HostPort UNKNOWN = new HostPort("0.0.0.0", 0);

  private final ServingContext context;
  private final List<Retired> retired = new ArrayList<>();
  private ServedChain chain;
  private ListenerConfig config;
  private long accepted;

  public Listener(ServingContext context, ListenerConfig config) {
    this.context = context;
    this.config = config;
    this.chain = ServedChain.of(context, config);
  }

  public ListenerConfig config() {
    return config;
  }

  /// Takes a connection that was accepted; its channel has no handler yet.
  public void accept(Channel channel) {
    context.loop().assertOnLoop();
    var id = ++accepted << 16 | (hash(config.name()) & 0xff) << 8 | context.loop().index();
    var info =
        new ConnectionInfo(
            id, hostPort(channel.localAddress()), hostPort(channel.remoteAddress()), config.info());
    var startNanos = context.loop().clock().nanoTime();
    chain.accept(channel, info, startNanos);
  }

  private static int hash(String name) {
    return name.hashCode();
  }

  /// Takes a newer version with the same address.
  public void update(ListenerConfig newConfig) {
    context.loop().assertOnLoop();
    var old = chain;
    config = newConfig;
    chain = ServedChain.of(context, newConfig);
    retire(old);
  }

  /// Accepts nothing more; the connections that are there may end by themselves for the drain time.
  public void retire() {
    retire(chain);
  }

  /// Nothing more is accepted, but the listener stays: connections that are there may go on for as
  /// long as they like if they do not take the hint of their responses.
  public void stop() {
    context.loop().assertOnLoop();
    chain.drain();
  }

  /// The process ends: what is idle is closed at once, the rest with its current exchange.
  public void endSoon() {
    retire(chain);
    chain.endSoon();
    retired.forEach(old -> old.chain.endSoon());
  }

  /// Ends every connection.
  public void closeAll() {
    chain.closeAll();
    List.copyOf(retired).forEach(old -> old.chain.closeAll());
  }

  /// Connections on all versions of the chain.
  public int connectionCount() {
    var count = chain.connectionCount();
    for (var old : retired) {
      count += old.chain == chain ? 0 : old.chain.connectionCount();
    }
    return count;
  }

  private void retire(ServedChain old) {
    if (!old.retired()) {
      old.retire();
      retired.removeIf(entry -> entry.chain.connectionCount() == 0);
      retired.add(new Retired(old));
    }
  }

  private static HostPort hostPort(SocketAddress address) {
    return address instanceof InetSocketAddress inet
        ? new HostPort(inet.getAddress().getHostAddress(), inet.getPort())
        : UNKNOWN;
  }

  /// A chain that no new connection gets, with the end of its patience.
  private final class Retired {
    private final ServedChain chain;
    private final Timer patience;

    Retired(ServedChain chain) {
      this.chain = chain;
      this.patience = context.loop().timers().newTimer(this::end);
      patience.arm(context.drain().options().time().toMillis());
    }

    private void end() {
      chain.closeAll();
      retired.remove(this);
    }
  }
}

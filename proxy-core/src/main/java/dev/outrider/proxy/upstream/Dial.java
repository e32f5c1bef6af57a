package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.UpstreamSockets;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.SignalTarget;
import dev.outrider.proxy.tls.ClientTls;
import dev.outrider.proxy.tls.TlsContext;
import dev.outrider.proxy.tls.TlsInfo;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// How one connection to an endpoint comes about: its address is dialled, or its addresses race; a
/// PROXY header goes ahead of everything; it is secured, if that is asked for. Has the channel
/// until its end. Owned by the loop of its cluster.
final class Dial implements AddressRace.Outcome, ClientHandshake.Owner {
  /// To its owner: nothing secures it, and the bytes can flow. A signal, since connecting may be
  /// done before the call that began it comes back.
  static final int CONNECTED = 0;

  /// Where an end is that has no address of the internet.
  static final HostPort UNKNOWN = new HostPort("0.0.0.0", 0);

  /// Where to; asked when it is needed, so that it is as the cluster has it then.
  interface Target {
    UpstreamCluster cluster();

    Endpoint endpoint();

    /// With what the connection begins; null = nothing.
    @Nullable ProxyHeader proxyHeader();

    /// Whom it is secured with.
    ClientHandshake.Server server();
  }

  /// Whose connection it is, and the handler of its channel. Told in a turn of the loop.
  abstract static class Owner extends ChannelInboundHandlerAdapter implements SignalTarget {
    /// It waits for the connection still; else nothing is told.
    abstract boolean connecting();

    /// For what is spoken on it; null if the secrets have not come.
    abstract @Nullable TlsContext lease(ClientTls tls);

    /// It is secured: the service's first bytes may be there already.
    abstract void onConnected();

    /// @param detail in Envoy's words; may be empty
    abstract void onConnectFailed(ResetReason why, String detail);

    /// It breaks later on, and is closed behind this.
    abstract void onBroken(String reason);
  }

  private final Target to;
  private final @Nullable ClientTls security;
  private final boolean halfClose;
  private Owner owner;
  private @Nullable Channel channel;
  private @Nullable AddressRace race;
  private @Nullable TlsInfo tls;

  /// @param security what secures it; null = nothing
  /// @param halfClose the service's bytes may end before ours
  Dial(Owner owner, Target to, @Nullable ClientTls security, boolean halfClose) {
    this.owner = owner;
    this.to = to;
    this.security = security;
    this.halfClose = halfClose;
  }

  /// In a task of its own, behind everything that was ready in this turn of the event loop: a
  /// socket made between two ready events may get the descriptor of one closed there, and Netty
  /// hands it the event that waits for the other; a hang-up before the connect closes it.
  void start() {
    if (security != null) {
      security.retain();
    }
    loop().execute(this::dial);
  }

  private Loop loop() {
    return to.cluster().home().loop();
  }

  private void dial() {
    if (!owner.connecting()) {
      return;
    }
    var cluster = to.cluster();
    var connector = cluster.home().connector();
    var access = to.endpoint().access();
    if (!access.furtherAddresses().isEmpty()) {
      race =
          new AddressRace(
              new AddressRace.Course(
                  connector, cluster.config().connections(), cluster.bufferLimit()),
              access.addresses(address()),
              loop().timers(),
              this);
      race.start();
      return;
    }
    var future = connector.connect(address(), sockets(), owner, cluster.bufferLimit());
    use(future.channel());
    future.addListener(_ -> onDone(future));
  }

  private HostPort address() {
    return to.endpoint().shared().address();
  }

  private UpstreamSockets sockets() {
    return to.cluster().config().connections().sockets();
  }

  private void use(Channel begun) {
    channel = begun;
    if (halfClose) {
      begun.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    }
  }

  private void onDone(ChannelFuture future) {
    inTurn(
        () -> {
          if (!owner.connecting()) {
            future.channel().close();
          } else if (future.isSuccess()) {
            onTransport();
          } else {
            onNotConnected(future.cause());
          }
        });
  }

  @Override
  public void onWon(Channel won) {
    use(won);
    won.pipeline().addLast(owner);
    inTurn(this::onTransport);
  }

  @Override
  public void onLost(Throwable cause) {
    inTurn(() -> onNotConnected(cause));
  }

  private void onNotConnected(@Nullable Throwable cause) {
    if (cause instanceof BindException) {
      to.cluster().cells().inc(ClusterStats.BIND_ERRORS);
    }
    owner.onConnectFailed(
        ConnectFailures.reason(cause), ConnectFailures.describe(cause, sockets(), address()));
  }

  private void inTurn(Runnable event) {
    loop().turn().handle(owner, event);
  }

  // ---- once the bytes can flow

  private void onTransport() {
    var header = to.proxyHeader();
    if (header != null) {
      send(header);
    }
    if (security == null) {
      loop().turn().post(owner, CONNECTED);
      return;
    }
    var begun =
        ClientHandshake.begin(
            security,
            owner.lease(security),
            to.cluster().shared(),
            to.server(),
            channel(),
            halfClose,
            this);
    if (!begun) {
      owner.onConnectFailed(
          ResetReason.REMOTE_CONNECTION_FAILURE, "TLS error: Secret is not supplied by SDS");
    }
  }

  /// Ahead of what is written next.
  void send(ProxyHeader header) {
    var length = header.send(channel(), to.cluster().shared());
    to.cluster().cells().add(ClusterStats.UPSTREAM_CX_TX_BYTES_TOTAL, length);
  }

  @Override
  public void onSecured(TlsInfo info) {
    tls = info;
    inTurn(owner::onConnected);
  }

  @Override
  public void onNotSecured(String reason) {
    inTurn(
        () -> {
          if (owner.connecting()) {
            owner.onConnectFailed(ResetReason.REMOTE_CONNECTION_FAILURE, reason);
          }
        });
  }

  @Override
  public void onBroken(String reason) {
    inTurn(() -> owner.onBroken(reason));
  }

  /// Somebody else goes on with it, in the same place of the pipeline.
  void handTo(Owner heir) {
    channel().pipeline().replace(owner, null, heir);
    owner = heir;
  }

  // ---- what has come of it

  Channel channel() {
    return Objects.requireNonNull(channel, "not connected yet");
  }

  @Nullable ClientTls security() {
    return security;
  }

  /// How it is secured; null = not at all.
  @Nullable TlsInfo tls() {
    return tls;
  }

  /// Our end of it.
  HostPort localAddress() {
    return channel != null && channel.localAddress() instanceof InetSocketAddress local
        ? new HostPort(local.getAddress().getHostAddress(), local.getPort())
        : UNKNOWN;
  }

  /// The end, wherever it is by now. To be called once.
  void end() {
    if (race != null) {
      race.cancel();
    }
    if (security != null) {
      security.release();
    }
    if (channel != null) {
      channel.close();
    }
  }
}

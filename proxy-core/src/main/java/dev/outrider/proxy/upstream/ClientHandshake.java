package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.ClusterShared;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.metrics.StatOwner;
import dev.outrider.proxy.tls.ClientTls;
import dev.outrider.proxy.tls.HandshakeFailure;
import dev.outrider.proxy.tls.SocketFactoryStats;
import dev.outrider.proxy.tls.TlsContext;
import dev.outrider.proxy.tls.TlsInfo;
import dev.outrider.proxy.tls.TlsStats;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// Secures a connection to an endpoint: stands between Netty's handler and the connection, tells
/// how the handshake ends and when the service's bytes end (`close_notify`), and touches nothing
/// else. Owned by the loop of the connection.
final class ClientHandshake extends ChannelInboundHandlerAdapter {

  /// Whose connection it is.
  interface Owner {
    /// The handshake is done; bytes may follow at once.
    void onSecured(TlsInfo info);

    /// There will be no connection; `reason` in Envoy's words, empty if it just ended.
    void onNotSecured(String reason);

    /// The connection breaks; it is closed behind this.
    void onBroken(String reason);
  }

  private final Owner owner;
  private final SslHandler ssl;
  private final StatOwner stats;
  private final String sni;
  private final boolean halfClose;
  private final boolean verified;
  private boolean over;
  private boolean secured;

  private ClientHandshake(
      Owner owner,
      SslHandler ssl,
      StatOwner stats,
      String sni,
      boolean verified,
      boolean halfClose) {
    this.owner = owner;
    this.ssl = ssl;
    this.stats = stats;
    this.sni = sni;
    this.verified = verified;
    this.halfClose = halfClose;
  }

  /// To whom a connection goes, and what it wants of its TLS.
  record Server(HostPort address, String hostname, TransportSocketOptions options) {}

  /// Begins on a channel that is connected. False if its secrets have not come.
  ///
  /// @param context leased, and taken; null if there is none
  /// @param halfClose the end of the service's bytes is told as
  ///   [io.netty.channel.socket.ChannelInputShutdownEvent], and does not close
  static boolean begin(
      ClientTls tls,
      @Nullable TlsContext context,
      ClusterShared shared,
      Server server,
      Channel channel,
      boolean halfClose,
      Owner owner) {
    var stats = shared.stats(TlsStats.TEMPLATE, "ssl");
    if (context == null) {
      shared
          .stats(SocketFactoryStats.TEMPLATE, "client_ssl_socket_factory")
          .add(SocketFactoryStats.UPSTREAM_CONTEXT_SECRETS_NOT_READY, 1);
      return false;
    }
    try {
      var wanted = server.options();
      var sni = wanted.serverName().isEmpty() ? tls.sni(server.hostname()) : wanted.serverName();
      var address = server.address();
      var peer = TlsContext.peerHost(address.host(), sni, wanted.subjectAltName());
      var ssl = context.ssl().newHandler(channel.alloc(), peer, address.port());
      context.prepare(ssl.engine());
      ssl.setHandshakeTimeoutMillis(0); // the connect timeout runs on
      context.askFor(ssl.engine(), sni);
      var verified = context.verifies() || !wanted.subjectAltName().isEmpty();
      channel.pipeline().addFirst(new ClientHandshake(owner, ssl, stats, sni, verified, halfClose));
      channel.pipeline().addFirst(ssl);
      return true;
    } finally {
      context.release();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    switch (event) {
      case ChannelInputShutdownEvent _ when !over -> context.close(); // the service went away
      case SslHandshakeCompletionEvent done when !over -> {
        over = true;
        onDone(done);
      }
      case SslCloseCompletionEvent _ when halfClose ->
          context.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
      case SslCloseCompletionEvent _ -> context.close();
      default -> context.fireUserEventTriggered(event);
    }
  }

  private void onDone(SslHandshakeCompletionEvent done) {
    if (done.isSuccess()) {
      secured = true;
      var info = TlsInfo.of(ssl.engine(), sni, verified);
      TlsStats.succeeded(stats, info, false);
      owner.onSecured(info);
    } else {
      var failure = HandshakeFailure.of(done.cause());
      TlsStats.failed(stats, failure);
      owner.onNotSecured(failure.text());
    }
  }

  /// With TLS 1.3 a server refuses our certificate only behind the handshake.
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (secured && cause.getCause() instanceof SSLException) {
      var failure = HandshakeFailure.of(cause);
      TlsStats.failed(stats, failure);
      owner.onBroken(failure.text());
    }
    context.fireExceptionCaught(cause);
  }
}

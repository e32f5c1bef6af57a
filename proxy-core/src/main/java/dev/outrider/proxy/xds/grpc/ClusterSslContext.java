package dev.outrider.proxy.xds.grpc;

import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.tls.ClientTls;
import dev.outrider.proxy.tls.TlsContext;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolNegotiator;
import io.netty.handler.ssl.SslContext;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSessionContext;
import org.jspecify.annotations.Nullable;

/// The TLS of a cluster in the shape that gRPC asks for. Each connection gets an engine of the
/// context that serves when it is made, so that certificates rotate here as everywhere. Any thread.
@SuppressWarnings("deprecation") // ApplicationProtocolNegotiator: what SslContext itself asks for
final class ClusterSslContext extends SslContext {
  private final ClientTls tls;
  private final EndpointSpec endpoint;
  private final ApplicationProtocolNegotiator protocols;
  private final SSLSessionContext sessions;
  private final List<String> ciphers;

  private ClusterSslContext(ClientTls tls, EndpointSpec endpoint, SslContext now) {
    this.tls = tls;
    this.endpoint = endpoint;
    this.protocols = now.applicationProtocolNegotiator();
    this.sessions = now.sessionContext();
    this.ciphers = now.cipherSuites();
  }

  /// Null as long as the cluster's secrets have not come.
  static @Nullable ClusterSslContext of(ClientTls tls, EndpointSpec endpoint) {
    var now = tls.lease(HttpVersion.HTTP2);
    if (now == null) {
      return null;
    }
    try {
      return new ClusterSslContext(tls, endpoint, now.ssl());
    } finally {
      now.release();
    }
  }

  /// @param peerHost what gRPC would ask for: the name of the cluster, and not looked at
  @Override
  public SSLEngine newEngine(ByteBufAllocator allocator, String peerHost, int peerPort) {
    return newEngine(allocator);
  }

  @Override
  public SSLEngine newEngine(ByteBufAllocator allocator) {
    var context = tls.lease(HttpVersion.HTTP2);
    if (context == null) {
      throw new IllegalStateException("TLS error: Secret is not supplied by SDS");
    }
    try {
      var sni = tls.sni(endpoint.hostname());
      var address = endpoint.address();
      var peer = TlsContext.peerHost(address.host(), sni, "");
      var engine = context.ssl().newEngine(allocator, peer, address.port());
      context.prepare(engine);
      context.askFor(engine, sni);
      return engine;
    } finally {
      context.release();
    }
  }

  @Override
  public boolean isClient() {
    return true;
  }

  @Override
  public List<String> cipherSuites() {
    return ciphers;
  }

  @Override
  public ApplicationProtocolNegotiator applicationProtocolNegotiator() {
    return protocols;
  }

  @Override
  public SSLSessionContext sessionContext() {
    return sessions;
  }
}

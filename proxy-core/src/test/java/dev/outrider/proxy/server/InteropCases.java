package dev.outrider.proxy.server;

import io.grpc.ManagedChannelBuilder;
import io.grpc.ServerBuilder;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.testing.integration.AbstractInteropTest;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/// gRPC's own interoperability cases: their service behind a proxy, their client in front of it,
/// without TLS.
final class InteropCases extends AbstractInteropTest {
  private static final int MAX_MESSAGE = 16 << 20;

  private final int servicePort;
  private final int proxyPort;
  private final String authority;

  InteropCases(int servicePort, int proxyPort, String authority) {
    this.servicePort = servicePort;
    this.proxyPort = proxyPort;
    this.authority = authority;
  }

  @Override
  protected ServerBuilder<?> getServerBuilder() {
    return NettyServerBuilder.forAddress(loopback(servicePort)).maxInboundMessageSize(MAX_MESSAGE);
  }

  @Override
  protected ManagedChannelBuilder<?> createChannelBuilder() {
    return NettyChannelBuilder.forAddress(loopback(proxyPort))
        .overrideAuthority(authority)
        .usePlaintext()
        .maxInboundMessageSize(MAX_MESSAGE);
  }

  private static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /// What is measured on both ends differs when there is something between them.
  @Override
  protected boolean metricsExpected() {
    return false;
  }
}

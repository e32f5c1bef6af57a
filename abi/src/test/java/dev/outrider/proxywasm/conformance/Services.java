package dev.outrider.proxywasm.conformance;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/// What stands behind the proxy: a service for HTTP, one for gRPC, one for plain connections.
final class Services implements Closeable {
  private final LoopbackService http;
  private final LoopbackService grpc;
  private final LoopbackService connections;

  Services() throws IOException {
    http = new LoopbackService(EchoService::serve);
    grpc = new LoopbackService(GrpcEcho::serve);
    connections = new LoopbackService(ConnectionEcho::serve);
  }

  /// The configuration of a proxy before them.
  String bootstrap(List<Script> scripts) {
    return ProxyBootstrap.json(scripts, http.port(), grpc.port(), connections.port());
  }

  @Override
  public void close() throws IOException {
    http.close();
    grpc.close();
    connections.close();
  }
}

package dev.outrider.bench.wire;

import java.util.ArrayList;
import java.util.List;

/// A [Client] over HTTP/2.
public final class Http2Client implements Client {
  private final List<Http2ClientConnection> connections = new ArrayList<>();
  private final int streams;

  /// As [Client#of].
  public Http2Client(int port, int connections, int streams, RequestHeader header) {
    this.streams = streams;
    for (int i = 0; i < connections; i++) {
      this.connections.add(new Http2ClientConnection(port, Frame.DEFAULT_WINDOW, header));
    }
  }

  @Override
  public void runOne() {
    run(connections.getFirst());
  }

  private static void run(Http2ClientConnection connection) {
    connection.send(1);
    connection.awaitAnswers(1);
  }

  @Override
  public void runInTurn() {
    connections.forEach(Http2Client::run);
  }

  @Override
  public int run() {
    sendOnly();
    for (var connection : connections) {
      connection.awaitAnswers(streams);
    }
    return connections.size() * streams;
  }

  /// The requests of [#run] without waiting for answers.
  public void sendOnly() {
    for (var connection : connections) {
      connection.send(streams);
    }
  }

  /// Until the proxy has seen all that was sent.
  public void awaitReady() {
    connections.forEach(Http2ClientConnection::ping);
  }

  @Override
  public void close() {
    connections.forEach(Http2ClientConnection::close);
  }
}

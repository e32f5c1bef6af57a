package dev.outrider.bench.wire;

/// Sends requests to a proxy on loopback and reads the answers; throws if one is not a 200. Belongs
/// to the thread that made it.
public interface Client extends AutoCloseable {

  /// One request and its answer, with nothing else under way.
  void runOne();

  /// Requests on every connection, all under way at once; answers how many.
  int run();

  /// A request on each connection, one after the other's answer.
  void runInTurn();

  @Override
  void close();

  /// A client of that version whose connections are open.
  ///
  /// @param connections how many, opened at once
  /// @param streams under way at once on each connection; HTTP/1.1 has only one
  /// @param header a further header of every request
  static Client of(Wire wire, int port, int connections, int streams, RequestHeader header) {
    return switch (wire) {
      case HTTP1 -> new Http1Client(port, connections, header);
      case HTTP2 -> new Http2Client(port, connections, streams, header);
    };
  }
}

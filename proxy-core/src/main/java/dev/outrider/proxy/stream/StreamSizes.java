package dev.outrider.proxy.stream;

/// How many bytes one exchange moved. One thread; recycled with its stream.
public final class StreamSizes {
  private long requestBody;
  private long responseBody;
  private final WireBytes downstream = new WireBytes();
  private final WireBytes upstream = new WireBytes();

  /// From the client, after de-chunking: `%BYTES_RECEIVED%`.
  public long requestBody() {
    return requestBody;
  }

  public void addRequestBody(long bytes) {
    requestBody += bytes;
  }

  /// To the client, before chunking: `%BYTES_SENT%`.
  public long responseBody() {
    return responseBody;
  }

  public void addResponseBody(long bytes) {
    responseBody += bytes;
  }

  /// On the connection to the client.
  public WireBytes downstream() {
    return downstream;
  }

  /// On the connection to the upstream, in the last attempt.
  public WireBytes upstream() {
    return upstream;
  }

  void reset() {
    downstream.reset();
    upstream.reset();
    requestBody = 0;
    responseBody = 0;
  }
}

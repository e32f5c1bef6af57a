package dev.outrider.proxy.stream;

/// How many body bytes one exchange moved. One thread; recycled with its stream.
public final class StreamSizes {
  private long requestBody;
  private long responseBody;

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

  void reset() {
    requestBody = 0;
    responseBody = 0;
  }
}

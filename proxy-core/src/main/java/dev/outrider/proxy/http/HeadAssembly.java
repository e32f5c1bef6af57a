package dev.outrider.proxy.http;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Turns the lines of a head into the form that the rest of the proxy sees: start line and `host`
/// become pseudo-headers, in Envoy's order; what frames the message is remembered.
final class HeadAssembly implements HeadReader.Lines {
  private final boolean request;
  private final byte[] scheme;
  private final FramingFields framing = new FramingFields();
  private final RequestLine requestLine = new RequestLine();
  private boolean http10;
  private boolean hostSeen;
  private int host;
  private int hostLength;

  HeadAssembly(boolean request, String scheme) {
    this.request = request;
    this.scheme = scheme.getBytes(StandardCharsets.US_ASCII);
  }

  void begin() {
    framing.reset();
    http10 = false;
    hostSeen = false;
  }

  FramingFields framing() {
    return framing;
  }

  boolean http10() {
    return http10;
  }

  boolean connect() {
    return request && requestLine.connect();
  }

  @Override
  public @Nullable MessageError startLine(HeadLines head, int from, int end) {
    if (request) {
      head.reserve(4);
      return requestLine.parse(head.bytes(), from, end);
    }
    var error = StatusLine.check(head.bytes(), from, end);
    if (error == null) {
      head.reserve(1);
      head.fill(0, HeaderNames.STATUS, from + 9, 3);
      http10 = head.bytes()[from + 5] == '1' && head.bytes()[from + 7] == '0';
    }
    return error;
  }

  @Override
  public @Nullable MessageError field(HeadLines head, int key, int valueOffset, int valueLength) {
    if (key == HeaderNames.HOST_ID && request) {
      if (hostSeen) {
        return MessageError.CODEC_ERROR;
      }
      hostSeen = true;
      host = valueOffset;
      hostLength = valueLength;
      return null;
    }
    return framing.observe(key, head.bytes(), valueOffset, valueLength);
  }

  @Override
  public boolean keeps(int key) {
    return !request || key != HeaderNames.HOST_ID;
  }

  /// The head is complete: fills the reserved lines. Returns why the message must be refused, or
  /// null.
  @Nullable MessageError finish(HeadLines head) {
    if (request) {
      fillRequest(head);
    }
    return framing.conflict();
  }

  private void fillRequest(HeadLines head) {
    if (requestLine.authority() >= 0) {
      head.fill(0, HeaderNames.AUTHORITY, requestLine.authority(), requestLine.authorityLength());
    } else if (hostSeen) {
      head.fill(0, HeaderNames.AUTHORITY, host, hostLength);
    }
    if (!requestLine.connect()) {
      fillPath(head);
      var offset = head.tail();
      head.fill(
          3, HeaderNames.SCHEME, append(head, scheme, 0, scheme.length, offset), scheme.length);
    }
    head.fill(2, HeaderNames.METHOD, requestLine.method(), requestLine.methodLength());
  }

  private void fillPath(HeadLines head) {
    var path = requestLine.path();
    var length = requestLine.pathLength();
    if (requestLine.pathLacksSlash()) {
      var offset = head.tail();
      var bytes = head.rawRoom(length + 1);
      bytes[offset] = '/';
      head.tail(offset + 1);
      append(head, bytes, path, length, offset + 1);
      path = offset;
      length++;
    }
    head.fill(1, HeaderNames.PATH, path, length);
  }

  private static int append(HeadLines head, byte[] source, int from, int length, int offset) {
    System.arraycopy(source, from, head.rawRoom(length), offset, length);
    head.tail(offset + length);
    return offset;
  }
}

package dev.outrider.proxy.http;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Turns the lines of a head into the form that the rest of the proxy sees: start line and `host`
/// become pseudo-headers, in Envoy's order; what frames the message is remembered.
final class HeadAssembly implements HeadReader.Lines {
  private final boolean request;
  private final byte[] scheme;
  private final byte[] defaultHost;
  private final boolean allowChunkedLength;
  private final FramingFields framing = new FramingFields();
  private final RequestLine requestLine;
  private boolean http10;
  private boolean hostSeen;
  private boolean repeats;
  private long seen;
  private long seenBehind;
  private int host;
  private int hostLength;

  HeadAssembly(boolean request, String scheme, Http1Options options) {
    this.request = request;
    this.scheme = scheme.getBytes(StandardCharsets.US_ASCII);
    this.defaultHost = options.defaultHostForHttp10().getBytes(StandardCharsets.US_ASCII);
    this.allowChunkedLength = options.allowChunkedLength();
    this.requestLine = new RequestLine(options);
  }

  void begin() {
    framing.reset();
    http10 = false;
    hostSeen = false;
    repeats = false;
    seen = 0;
    seenBehind = 0;
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
      var error = requestLine.parse(head.bytes(), from, end);
      http10 = requestLine.http10();
      return error;
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
    if (JoinedLines.joins(key)) {
      remember(key);
    }
    return framing.observe(key, head.bytes(), valueOffset, valueLength);
  }

  /// Two lines have a name that [JoinedLines] makes one of.
  boolean repeats() {
    return repeats;
  }

  private void remember(int key) {
    var bit = 1L << key; // of the key's last six bits
    if (key < Long.SIZE) {
      repeats |= (seen & bit) != 0;
      seen |= bit;
    } else {
      repeats |= (seenBehind & bit) != 0;
      seenBehind |= bit;
    }
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
    return allowChunkedLength ? null : framing.conflict();
  }

  private void fillRequest(HeadLines head) {
    if (requestLine.authority() >= 0) {
      head.fill(0, HeaderNames.AUTHORITY, requestLine.authority(), requestLine.authorityLength());
    } else if (hostSeen) {
      head.fill(0, HeaderNames.AUTHORITY, host, hostLength);
    } else if (http10 && defaultHost.length > 0) {
      var offset = head.tail();
      append(head, defaultHost, 0, defaultHost.length, offset);
      head.fill(0, HeaderNames.AUTHORITY, offset, defaultHost.length);
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

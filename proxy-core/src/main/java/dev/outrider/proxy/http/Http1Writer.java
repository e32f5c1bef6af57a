package dev.outrider.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Writes the HTTP/1.1 messages of one connection, in either role. One per connection, on its loop.
///
/// Heads and small chunks are copied into one buffer, large chunks are passed on as they are;
/// [Output#write] gets them in order. Nothing that was gathered is passed on before [#flush] unless
/// a large chunk comes: call it at the end of a batch.
///
/// The framing is decided from the head: `content-length` if it has one that is a number, else
/// `chunked` if anything follows. Bytes beyond a `content-length` are never written.
public final class Http1Writer implements AutoCloseable {
  /// Where the bytes go: usually `channel::write`. *Takes* each buffer.
  @FunctionalInterface
  public interface Output {
    void write(ByteBuf bytes);
  }

  private enum Framing {
    /// No body may be written: what comes is dropped.
    NONE,
    LENGTH,
    CHUNKED,
    /// A tunnel: as it comes, without end.
    BYTES
  }

  /// Copying that much costs about as much as one more entry in a gathering write.
  private static final int COPY_LIMIT = 2048;

  /// Start line, `host: ` and the lines that the writer adds.
  private static final int FRAMING_ROOM = 192;

  private static final byte[][] BODYLESS_METHODS = {
    ascii("GET"), ascii("HEAD"), ascii("DELETE"), ascii("CONNECT"), ascii("TRACE")
  };
  private static final byte[] HEX = ascii("0123456789abcdef");
  private static final byte[] LAST_CHUNK = ascii("0\r\n\r\n");
  private static final byte[] CRLF = ascii("\r\n");
  private static final byte[] VERSION_LINE_END = ascii(" HTTP/1.1\r\n");
  private static final AddedLine HOST = new AddedLine(HeaderNames.HOST, "");
  private static final AddedLine CHUNKED_LINE =
      new AddedLine(HeaderNames.TRANSFER_ENCODING, "chunked\r\n");
  private static final AddedLine EMPTY_LINE = new AddedLine(HeaderNames.CONTENT_LENGTH, "0\r\n");
  private static final AddedLine CLOSE_LINE = new AddedLine(HeaderNames.CONNECTION, "close\r\n");
  private static final AddedLine KEEP_LINE =
      new AddedLine(HeaderNames.CONNECTION, "keep-alive\r\n");
  private static final byte[] SCHEME_END = ascii("://");
  private static final byte[] HTTP_10 = ascii("HTTP/1.0");
  private static final byte[] CONTINUE = ascii("HTTP/1.1 100 Continue\r\n\r\n");

  private final ByteBufAllocator allocator;
  private final Output output;
  private final NameStyle style;
  private final HeadWriter lines;
  private final boolean fullUrl;
  private @Nullable ByteBuf gathered;
  private Framing framing = Framing.NONE;
  private long remaining;
  private long messageBytes;
  private long headerBytes;
  private int fieldsFrom;
  private boolean http10;

  /// With Envoy's defaults.
  public Http1Writer(ByteBufAllocator allocator, Output output) {
    this(allocator, output, Http1Options.DEFAULT);
  }

  public Http1Writer(ByteBufAllocator allocator, Output output, Http1Options options) {
    this.allocator = allocator;
    this.output = output;
    this.style = new NameStyle(options.headerCase());
    this.lines = new HeadWriter(style);
    this.fullUrl = options.sendFullyQualifiedUrl();
  }

  /// Whether the responses that follow go to a client of HTTP/1.0, which knows no chunks: a body of
  /// unknown length ends with the connection.
  public void answerHttp10(boolean newHttp10) {
    http10 = newHttp10;
  }

  /// Borrows the head, which must have been through [HopByHop] and must not lack a pseudo-header
  /// ([RequestHeadCheck#missing]). Adds `content-length: 0` to a request without body whose method
  /// expects one.
  public void requestHead(HeaderMap head, boolean end) {
    var out = startHead(head);
    var method = head.find(HeaderNames.METHOD);
    var authority = head.find(HeaderNames.AUTHORITY);
    var target = head.find(HeaderNames.PATH);
    HeadWriter.value(head, method, out);
    out.writeByte(' ');
    if (fullUrl && target >= 0) {
      absolute(head, authority, out);
    }
    HeadWriter.value(head, target < 0 ? authority : target, out);
    out.writeBytes(VERSION_LINE_END);
    fieldsFrom = out.writerIndex();
    add(head, HOST, out);
    if (authority >= 0) {
      HeadWriter.value(head, authority, out);
    }
    out.writeBytes(CRLF);
    if (end || Tunnel.asked(head) == Tunnel.NONE) {
      frame(head, end, false, !end || expectsContent(head, method), out);
    } else {
      openTunnel(head, out);
    }
  }

  private static void absolute(HeaderMap head, int authority, ByteBuf out) {
    var scheme = head.find(HeaderNames.SCHEME);
    if (scheme >= 0 && authority >= 0) {
      HeadWriter.value(head, scheme, out);
      out.writeBytes(SCHEME_END);
      HeadWriter.value(head, authority, out);
    }
  }

  /// The head of a response that opens a tunnel; what follows goes out as it is.
  public void tunnelHead(HeaderMap head) {
    var out = startHead(head);
    statusLine(head.status(), out);
    fieldsFrom = out.writerIndex();
    openTunnel(head, out);
  }

  private void openTunnel(HeaderMap head, ByteBuf out) {
    framing = Framing.BYTES;
    lines.fields(head, HeadWriter.Length.KEPT, false, out);
    finishHead(head, null, null, out);
  }

  /// Borrows the head, which must have a status. `toHead`: the request was HEAD, so no body is
  /// written whatever the framing headers say. `close` adds `connection: close`; for HTTP/1.0 its
  /// absence adds `connection: keep-alive`.
  public void responseHead(HeaderMap head, boolean end, boolean toHead, boolean close) {
    var out = startHead(head);
    var status = head.status();
    statusLine(status, out);
    fieldsFrom = out.writerIndex();
    if (toHead || status == 304 || status < 200) { // 101 unless it opens a tunnel
      framing = Framing.NONE;
      lines.fields(head, HeadWriter.Length.KEPT, close, out);
      // As Envoy: a HEAD is told how the body of a GET would have been framed.
      var unknown = toHead && status >= 200 && status != 204 && status != 304 && !hasLength(head);
      finishHead(head, lastingLine(close), unknown ? chunkedLine() : null, out);
    } else if (status == 204) {
      framing = Framing.NONE;
      lines.fields(head, HeadWriter.Length.DROPPED, close, out);
      finishHead(head, lastingLine(close), null, out);
    } else {
      frame(head, end, close, true, out);
    }
  }

  private static boolean hasLength(HeaderMap head) {
    return head.contains(HeaderNames.CONTENT_LENGTH);
  }

  /// A 1xx head: status line and fields, no framing.
  public void informational(HeaderMap head) {
    var out = startHead(head);
    statusLine(head.status(), out);
    fieldsFrom = out.writerIndex();
    lines.fields(head, HeadWriter.Length.DROPPED, false, out);
    finishHead(head, null, null, out);
  }

  /// `HTTP/1.1 100 Continue`.
  public void continue100() {
    gather(CONTINUE.length).writeBytes(CONTINUE);
    messageBytes += CONTINUE.length;
  }

  /// *Takes* the chunk. Returns false if the body is longer or (at its end) shorter than its
  /// `content-length`: the connection has to be closed, since its peer waits for or would misread
  /// other bytes.
  public boolean body(ByteBuf chunk, boolean end) {
    var bytes = chunk.readableBytes();
    return switch (framing) {
      case NONE -> {
        chunk.release();
        yield true;
      }
      case LENGTH -> {
        if (bytes > remaining) {
          chunk.release();
          yield false;
        }
        remaining -= bytes;
        data(chunk, bytes);
        yield !end || remaining == 0;
      }
      case CHUNKED -> {
        chunk(chunk, bytes, end);
        yield true;
      }
      case BYTES -> {
        data(chunk, bytes);
        yield true;
      }
    };
  }

  /// Borrows the trailers and ends the body; they are dropped if the body is not chunked. Returns
  /// as [#body].
  public boolean trailers(HeaderMap trailers) {
    if (framing != Framing.CHUNKED) {
      return body(Unpooled.EMPTY_BUFFER, true);
    }
    var out = gather(HeadWriter.size(trailers) + FRAMING_ROOM);
    var before = out.writerIndex();
    out.writeByte('0').writeBytes(CRLF);
    lines.plainFields(trailers, HeadWriter.Length.DROPPED, false, out);
    out.writeBytes(CRLF);
    messageBytes += out.writerIndex() - before;
    return true;
  }

  /// Passes on what has been gathered.
  public void flush() {
    var out = gathered;
    if (out != null) {
      gathered = null;
      output.write(out);
    }
  }

  /// Bytes of all messages so far, heads and framing included.
  public long messageBytes() {
    return messageBytes;
  }

  /// How many of them were lines of a head behind its first.
  public long headerBytes() {
    return headerBytes;
  }

  /// Drops what has not been flushed.
  @Override
  public void close() {
    if (gathered != null) {
      gathered.release();
      gathered = null;
    }
    framing = Framing.NONE;
  }

  /// With room for a small body behind it.
  private ByteBuf startHead(HeaderMap head) {
    var out = gather(HeadWriter.size(head) + FRAMING_ROOM + COPY_LIMIT);
    messageBytes -= out.writerIndex();
    return out;
  }

  private void frame(HeaderMap head, boolean end, boolean close, boolean explicit, ByteBuf out) {
    var announced = HeadWriter.contentLength(head);
    var length = end && announced > 0 ? -1 : announced;
    lines.fields(
        head, length >= 0 ? HeadWriter.Length.KEPT : HeadWriter.Length.DROPPED, close, out);
    framing = length >= 0 ? Framing.LENGTH : end ? Framing.NONE : unknownLength();
    remaining = length;
    var framingLine = length >= 0 || !explicit ? null : end ? EMPTY_LINE : chunkedLine();
    finishHead(head, lastingLine(close), framingLine, out);
  }

  /// To last is the exception in HTTP/1.0, and the rule after it (RFC 9112 9.3).
  private @Nullable AddedLine lastingLine(boolean close) {
    return close ? CLOSE_LINE : http10 ? KEEP_LINE : null;
  }

  private Framing unknownLength() {
    return http10 ? Framing.BYTES : Framing.CHUNKED;
  }

  private @Nullable AddedLine chunkedLine() {
    return http10 ? null : CHUNKED_LINE;
  }

  private void statusLine(int status, ByteBuf out) {
    var line = StatusLine.line(status);
    if (http10) {
      out.writeBytes(HTTP_10).writeBytes(line, HTTP_10.length, line.length - HTTP_10.length);
    } else {
      out.writeBytes(line);
    }
  }

  private void add(HeaderMap head, AddedLine line, ByteBuf out) {
    if (style.plain(head)) {
      out.writeBytes(line.text);
    } else {
      style.name(head, line.name, out);
      out.writeBytes(line.text, line.valueAt, line.text.length - line.valueAt);
    }
  }

  private void finishHead(
      HeaderMap head, @Nullable AddedLine first, @Nullable AddedLine second, ByteBuf out) {
    if (first != null) {
      add(head, first, out);
    }
    if (second != null) {
      add(head, second, out);
    }
    out.writeBytes(CRLF);
    messageBytes += out.writerIndex();
    headerBytes += out.writerIndex() - fieldsFrom - CRLF.length;
  }

  private void data(ByteBuf chunk, int bytes) {
    messageBytes += bytes;
    var out = gathered;
    if (bytes == 0) {
      chunk.release();
    } else if (out != null && bytes <= COPY_LIMIT) {
      out.writeBytes(chunk);
      chunk.release();
    } else {
      flush();
      output.write(chunk);
    }
  }

  private void chunk(ByteBuf chunk, int bytes, boolean end) {
    if (bytes == 0) {
      chunk.release();
    } else {
      var out = gather((bytes <= COPY_LIMIT ? bytes : 0) + 32);
      var before = out.writerIndex();
      writeHex(bytes, out);
      out.writeBytes(CRLF);
      messageBytes += out.writerIndex() - before;
      data(chunk, bytes);
      gather(CRLF.length + LAST_CHUNK.length).writeBytes(CRLF);
      messageBytes += CRLF.length;
    }
    if (end) {
      gather(LAST_CHUNK.length).writeBytes(LAST_CHUNK);
      messageBytes += LAST_CHUNK.length;
      framing = Framing.NONE;
    }
  }

  private static void writeHex(int number, ByteBuf out) {
    for (var shift = (31 - Integer.numberOfLeadingZeros(number)) / 4 * 4; shift >= 0; shift -= 4) {
      out.writeByte(HEX[number >> shift & 15]);
    }
  }

  /// RFC 9110 8.6: whether an empty body should be announced.
  private static boolean expectsContent(HeaderMap head, int method) {
    for (var bodyless : BODYLESS_METHODS) {
      if (head.valueEquals(method, bodyless)) {
        return false;
      }
    }
    return true;
  }

  /// The buffer under construction, with room for that many bytes.
  private ByteBuf gather(int bytes) {
    var out = gathered;
    if (out == null) {
      out = allocator.ioBuffer(Math.max(bytes, 256));
      gathered = out;
    } else {
      out.ensureWritable(bytes);
    }
    return out;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /// A line that the writer adds by itself, as it leaves if names are in lower case.
  private static final class AddedLine {
    private final HeaderName name;
    private final byte[] text;
    private final int valueAt;

    AddedLine(HeaderName name, String value) {
      this.name = name;
      this.text = ascii(name + ": " + value);
      this.valueAt = name.length() + 2;
    }
  }
}

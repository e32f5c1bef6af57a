package dev.outrider.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// Reads the HTTP/1.1 messages of one connection, in either role, from bytes in any split. One per
/// connection, on its loop; between messages it holds no memory but its own fields.
///
/// One message at a time: after the end of a message [#feed] consumes nothing until [#next]
/// (requests) or [#expect] (responses) is called, so that pipelining is bounded by whoever owns the
/// input buffer. Bytes left in the input of an idle client connection are therefore unsolicited:
/// close it.
public final class Http1Parser implements AutoCloseable {
  public enum Role {
    REQUESTS,
    RESPONSES
  }

  private enum State {
    HEAD,
    LENGTH,
    CHUNKS,
    TRAILERS,
    UNTIL_CLOSE,
    TUNNEL,
    COMPLETE,
    FAILED,
    CLOSED
  }

  /// Interim responses to one request before the server is taken for broken.
  private static final int MAX_INFORMATIONAL = 100;

  /// Final, if nobody asked for it: no body, and the connection goes on.
  private static final int SWITCHING_PROTOCOLS = 101;

  private final Role role;
  private final HeadStores stores;
  private final Http1Events events;
  private final HeadReader reader;
  private final HeadAssembly assembly;
  private final TrailerLines trailerLines = new TrailerLines();
  private final ChunkReader chunks;
  private State state;
  private @Nullable HeaderMap head;
  private @Nullable ByteBuf pending;
  private long remaining;
  private int headBytes;
  private int informational;
  private boolean headSeen;
  private boolean bodyless;
  private Tunnel asked = Tunnel.NONE;
  private boolean keepAlive;

  /// With Envoy's defaults.
  public Http1Parser(
      Role role, String scheme, Http1Limits limits, HeadStores stores, Http1Events events) {
    this(
        role,
        new Http1Syntax(scheme, limits, Http1Options.DEFAULT, UnderscoreNames.ALLOW),
        stores,
        events);
  }

  public Http1Parser(Role role, Http1Syntax syntax, HeadStores stores, Http1Events events) {
    var options = syntax.options();
    this.role = role;
    this.stores = stores;
    this.events = events;
    this.reader =
        new HeadReader(
            syntax.limits(), syntax.underscores(), options.headerCase() == HeaderCase.PRESERVED);
    this.assembly = new HeadAssembly(role == Role.REQUESTS, syntax.scheme(), options);
    this.chunks = new ChunkReader(syntax.limits().chunkExtensionBytes());
    this.state = State.COMPLETE;
    if (role == Role.REQUESTS) {
      next();
    }
  }

  /// *Borrows* `in`, consumes what it can and reports it. Body chunks are retained slices of `in`.
  /// Events may call [#next], [#expect] or [#close], but not [#feed].
  public void feed(ByteBuf in) {
    while (in.isReadable() && step(in)) {}
    flushPending(false);
  }

  /// The exchange is over in both directions: the next request may be read. Bytes that wait need
  /// another [#feed]. Does nothing after an error or [#close].
  public void next() {
    begin(false, Tunnel.NONE);
  }

  /// A request has been sent: read its response. `bodyless` for the answer to HEAD.
  public void expect(boolean bodyless) {
    begin(bodyless, Tunnel.NONE);
  }

  /// As [#expect(boolean)], after a request that asked for a tunnel: if the response opens it, what
  /// follows the head are bytes, until the connection ends.
  public void expect(boolean bodyless, Tunnel newAsked) {
    begin(bodyless, newAsked);
  }

  /// The peer has closed. Ends a body that extends to the end of the connection with an empty last
  /// chunk. Returns false if a message was cut short: before its head if not [#headSeen], else
  /// inside its body.
  public boolean eof() {
    if (state == State.UNTIL_CLOSE) {
      state = State.COMPLETE;
      events.onBody(Unpooled.EMPTY_BUFFER, true);
      return true;
    }
    return state == State.COMPLETE || (role == Role.REQUESTS && idle());
  }

  /// No byte of the current message has been read, or it is complete.
  public boolean idle() {
    return state == State.COMPLETE || (state == State.HEAD && head == null && informational == 0);
  }

  /// What follows the head are the bytes of a tunnel; there is no end but that of the connection.
  public boolean tunnel() {
    return state == State.TUNNEL;
  }

  /// A byte of the current message has been read; what interim responses were before it does not
  /// count.
  public boolean begun() {
    return headSeen || head != null;
  }

  /// The head of the current message has been reported (1xx heads do not count).
  public boolean headSeen() {
    return headSeen;
  }

  /// The current message is complete.
  public boolean complete() {
    return state == State.COMPLETE;
  }

  /// Whether the peer allows another message after this one (version, `connection`, how the body
  /// ends). Valid from [Http1Events#onHead] on.
  public boolean keepAlive() {
    return keepAlive && state != State.FAILED;
  }

  /// `connection: upgrade` together with an `upgrade` header, `h2c` not counted. Valid from
  /// [Http1Events#onHead] on.
  public boolean upgrade() {
    return assembly.framing().upgrade();
  }

  /// The method is CONNECT. Valid from [Http1Events#onHead] on.
  public boolean connect() {
    return assembly.connect();
  }

  /// The client waits for `100 Continue`. Valid from [Http1Events#onHead] on.
  public boolean expectContinue() {
    return assembly.framing().expectContinue();
  }

  /// The request is one of HTTP/1.0, and so has to be its response. Valid from [Http1Events#onHead]
  /// on.
  public boolean http10() {
    return assembly.http10();
  }

  /// Lines of the head that were dropped, or because of which it was refused, since an underscore
  /// stood in their name.
  public int underscores() {
    return reader.dropped();
  }

  /// Bytes of the head as read, line ends included.
  public int headBytes() {
    return headBytes;
  }

  /// Drops a head that is being read. Nothing is reported afterwards.
  @Override
  public void close() {
    state = State.CLOSED;
    dropHead();
    if (pending != null) {
      pending.release();
      pending = null;
    }
  }

  private void begin(boolean responseToHead, Tunnel tunnel) {
    if (state == State.FAILED || state == State.CLOSED) {
      return;
    }
    if (state != State.COMPLETE) {
      throw new IllegalStateException("the message before is not complete: " + state);
    }
    state = State.HEAD;
    bodyless = responseToHead;
    asked = tunnel;
    headSeen = false;
    informational = 0;
    headBytes = 0;
    beginHead();
    assembly.begin();
  }

  private void beginHead() {
    if (role == Role.REQUESTS) {
      reader.beginRequest();
    } else {
      reader.beginResponse();
    }
  }

  /// Returns false if nothing more can be done with this input.
  private boolean step(ByteBuf in) {
    return switch (state) {
      case HEAD -> readHead(in);
      case LENGTH -> readLength(in);
      case CHUNKS -> readChunks(in);
      case TRAILERS -> readTrailers(in);
      case UNTIL_CLOSE, TUNNEL -> readUntilClose(in);
      case COMPLETE, FAILED, CLOSED -> false;
    };
  }

  private boolean readHead(ByteBuf in) {
    if (head == null) {
      head = stores.take(role == Role.REQUESTS ? HeadKind.REQUEST : HeadKind.RESPONSE);
    }
    var current = head;
    return switch (reader.read(in, current.raw(), assembly)) {
      case MORE -> false;
      case FAILED -> fail(reader.error());
      case DONE -> {
        headBytes = reader.size();
        var error = assembly.finish(current.raw());
        if (assembly.repeats()) {
          JoinedLines.apply(current);
        }
        yield error != null
            ? fail(error)
            : role == Role.REQUESTS ? request(current) : response(current);
      }
    };
  }

  private boolean request(HeaderMap current) {
    var framing = assembly.framing();
    keepAlive = lasts(framing);
    if (connect()) {
      if (framing.chunked()) {
        return fail(MessageError.INVALID_TRANSFER_ENCODING);
      }
      if (framing.contentLength() > 0) {
        return fail(MessageError.BODY_DISALLOWED);
      }
      current.remove(HeaderNames.CONTENT_LENGTH);
    }
    return (connect() || upgrade()) ? openTunnel(current) : frame(current, false);
  }

  /// Whether or not it will come about: the client may already be sending what is for its far end,
  /// which must never be taken for a request.
  private boolean openTunnel(HeaderMap current) {
    state = State.TUNNEL;
    keepAlive = false;
    deliver(current, false);
    return true;
  }

  /// RFC 9112 9.3.
  private boolean lasts(FramingFields framing) {
    return !framing.close() && (framing.keepAlive() || !http10());
  }

  private boolean response(HeaderMap current) {
    var status = current.status();
    var framing = assembly.framing();
    if (status < 200 || status == 204) {
      if (framing.chunked() || framing.contentLength() > 0) {
        return fail(MessageError.CODEC_ERROR);
      }
      current.remove(HeaderNames.CONTENT_LENGTH);
    }
    if (asked.opens(current)) {
      return openTunnel(current);
    }
    if (status < 200 && status != SWITCHING_PROTOCOLS) {
      return interim(current);
    }
    if (assembly.http10() && framing.chunked()) {
      return fail(MessageError.INVALID_TRANSFER_ENCODING);
    }
    keepAlive = lasts(framing);
    return frame(
        current, bodyless || status == 204 || status == 304 || status == SWITCHING_PROTOCOLS);
  }

  private boolean interim(HeaderMap current) {
    if (++informational > MAX_INFORMATIONAL) {
      return fail(MessageError.CODEC_ERROR);
    }
    head = null;
    beginHead();
    assembly.begin();
    events.onInformational(current);
    return true;
  }

  /// RFC 9112 6.3: how the body ends.
  private boolean frame(HeaderMap current, boolean noBody) {
    var framing = assembly.framing();
    remaining = framing.contentLength();
    if (framing.bothLengths()) {
      current.remove(HeaderNames.CONTENT_LENGTH); // allowed, and the chunks count
    }
    if (noBody) {
      state = State.COMPLETE;
    } else if (framing.chunked()) {
      chunks.begin();
      state = State.CHUNKS;
    } else if (remaining > 0) {
      state = State.LENGTH;
    } else if (remaining == 0 || role == Role.REQUESTS) {
      state = State.COMPLETE;
    } else {
      keepAlive = false;
      state = State.UNTIL_CLOSE;
    }
    deliver(current, state == State.COMPLETE);
    return true;
  }

  private void deliver(HeaderMap current, boolean end) {
    head = null;
    headSeen = true;
    events.onHead(current, end);
  }

  private boolean readLength(ByteBuf in) {
    var bytes = (int) Math.min(in.readableBytes(), remaining);
    var chunk = in.readRetainedSlice(bytes);
    remaining -= bytes;
    if (remaining == 0) {
      state = State.COMPLETE;
    }
    events.onBody(chunk, remaining == 0);
    return true;
  }

  private boolean readUntilClose(ByteBuf in) {
    events.onBody(in.readRetainedSlice(in.readableBytes()), false);
    return true;
  }

  private boolean readChunks(ByteBuf in) {
    return switch (chunks.read(in)) {
      case MORE -> false;
      case FAILED -> fail(MessageError.CODEC_ERROR);
      case LAST -> {
        state = State.TRAILERS;
        reader.beginTrailers();
        yield true;
      }
      case DATA -> {
        readChunkData(in);
        yield true;
      }
    };
  }

  /// A chunk is reported one step late, so that the last one of a read can carry the end of the
  /// message.
  private void readChunkData(ByteBuf in) {
    flushPending(false);
    if (state == State.CHUNKS && in.isReadable()) {
      var bytes = (int) Math.min(in.readableBytes(), chunks.remaining());
      pending = in.readRetainedSlice(bytes);
      chunks.consumed(bytes);
    }
  }

  private boolean readTrailers(ByteBuf in) {
    if (head == null) {
      head = stores.take(HeadKind.TRAILERS);
    }
    var current = head;
    return switch (reader.read(in, current.raw(), trailerLines)) {
      case MORE -> false;
      case FAILED -> fail(reader.error());
      case DONE -> {
        endOfChunks(current);
        yield true;
      }
    };
  }

  private void endOfChunks(HeaderMap trailers) {
    if (trailers.count() == 0) {
      dropHead();
      state = State.COMPLETE;
      if (pending == null) {
        pending = Unpooled.EMPTY_BUFFER;
      }
      flushPending(true);
      return;
    }
    flushPending(false);
    if (state == State.TRAILERS) {
      head = null;
      state = State.COMPLETE;
      events.onTrailers(trailers);
    }
  }

  private void flushPending(boolean end) {
    var chunk = pending;
    if (chunk != null) {
      pending = null;
      events.onBody(chunk, end);
    }
  }

  private boolean fail(MessageError error) {
    flushPending(false);
    dropHead();
    if (state != State.CLOSED) {
      state = State.FAILED;
      events.onError(error);
    }
    return false;
  }

  private void dropHead() {
    if (head != null) {
      head.release();
      head = null;
    }
  }
}

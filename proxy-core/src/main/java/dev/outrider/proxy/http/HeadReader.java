package dev.outrider.proxy.http;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Reads one head, or the trailers, into [HeadLines]: one pass over the bytes, in any split. Bytes
/// are copied into the head in pieces and tokenised there, names folded in place; what was copied
/// too much goes back to the input.
///
/// Line ends are CR LF. A bare CR or LF and a folded line are refused, since readers disagree about
/// them.
final class HeadReader {
  enum Result {
    MORE,
    DONE,
    FAILED
  }

  private enum State {
    START,
    START_LF,
    START_LINE,
    START_LINE_LF,
    NAME,
    BEFORE_VALUE,
    VALUE,
    VALUE_LF,
    LAST_LF,
    DONE
  }

  /// What happens to the lines.
  interface Lines {
    /// The first line, without its line end.
    @Nullable MessageError startLine(HeadLines head, int from, int end);

    /// A field. Returns a reason to refuse the message, or null. To be appended unless [#keeps]
    /// says no.
    @Nullable MessageError field(HeadLines head, int key, int valueOffset, int valueLength);

    boolean keeps(int key);
  }

  /// Heads are mostly smaller; of a body behind the head no more than this is copied in vain.
  private static final int PIECE = 1024;

  private final Http1Limits limits;
  private final UnderscoreNames underscores;
  private final boolean remembersNames;
  private State state = State.START;
  private boolean remembers;
  private @Nullable MessageError error;
  private int at;
  private int start;
  private int nameEnd;
  private int valueStart;
  private int hash;
  private int fields;
  private int dropped;

  HeadReader(Http1Limits limits, UnderscoreNames underscores, boolean remembersNames) {
    this.limits = limits;
    this.underscores = underscores;
    this.remembersNames = remembersNames;
  }

  /// The head of a request comes; empty lines in front of it are skipped.
  void beginRequest() {
    begin(State.START);
  }

  void beginResponse() {
    begin(State.START_LINE);
  }

  /// They have no start line.
  void beginTrailers() {
    begin(State.NAME);
  }

  private void begin(State first) {
    remembers = first != State.NAME && remembersNames;
    state = first;
    error = null;
    at = 0;
    start = 0;
    hash = 0;
    fields = 0;
    dropped = 0;
  }

  /// Valid after [Result#FAILED].
  MessageError error() {
    return error == null ? MessageError.CODEC_ERROR : error;
  }

  /// Lines of the head so far that had an underscore in their name, which was not allowed.
  int dropped() {
    return dropped;
  }

  /// Bytes of the head so far.
  int size() {
    return at;
  }

  /// Consumes input up to the end of the head.
  Result read(ByteBuf in, HeadLines head, Lines lines) {
    while (state != State.DONE) {
      var piece =
          Math.min(Math.min(in.readableBytes(), PIECE), limits.headBytes() + 1 - head.tail());
      if (piece == 0) {
        return Result.MORE;
      }
      var bytes = head.rawRoom(piece);
      in.readBytes(bytes, head.tail(), piece);
      head.tail(head.tail() + piece);
      error = scan(head, lines);
      if (error == null && (state == State.DONE ? at : head.tail()) > limits.headBytes()) {
        error = MessageError.HEADERS_TOO_LARGE;
      }
      if (error != null) {
        return Result.FAILED;
      }
    }
    in.readerIndex(in.readerIndex() - (head.tail() - at));
    head.tail(at);
    return Result.DONE;
  }

  /// Goes over the bytes between `at` and the tail; every byte is looked at once.
  private @Nullable MessageError scan(HeadLines head, Lines lines) {
    MessageError failure = null;
    var end = head.tail();
    while (failure == null && at < end && state != State.DONE) {
      failure =
          switch (state) {
            case START -> start(head.bytes());
            case START_LINE, VALUE -> untilLineEnd(head.bytes(), end);
            case START_LF -> lineFeed(head.bytes(), State.START, MessageError.CODEC_ERROR);
            case START_LINE_LF -> startLineFeed(head, lines);
            case NAME -> remembers ? nameAsSpelled(head, end) : name(head.bytes(), end);
            case BEFORE_VALUE -> beforeValue(head.bytes(), end);
            case VALUE_LF -> valueLineFeed(head, lines);
            case LAST_LF -> lineFeed(head.bytes(), State.DONE, MessageError.CODEC_ERROR);
            case DONE -> null;
          };
    }
    return failure;
  }

  /// Empty lines in front of a request are skipped (RFC 9112 2.2).
  private @Nullable MessageError start(byte[] bytes) {
    if (bytes[at] == '\r') {
      at++;
      state = State.START_LF;
      return null;
    }
    start = at;
    state = State.START_LINE;
    return null;
  }

  private @Nullable MessageError lineFeed(byte[] bytes, State next, MessageError otherwise) {
    if (bytes[at] != '\n') {
      return otherwise;
    }
    at++;
    state = next;
    return null;
  }

  private @Nullable MessageError untilLineEnd(byte[] bytes, int end) {
    at = HeaderSyntax.nextControl(bytes, at, end);
    if (at == end) {
      return null;
    }
    switch (bytes[at]) {
      case '\t' -> at++;
      case '\r' -> {
        at++;
        state = state == State.VALUE ? State.VALUE_LF : State.START_LINE_LF;
      }
      case '\n' -> {
        return MessageError.CODEC_ERROR;
      }
      default -> {
        return MessageError.INVALID_CHARACTERS;
      }
    }
    return null;
  }

  private @Nullable MessageError startLineFeed(HeadLines head, Lines lines) {
    var failure = lineFeed(head.bytes(), State.NAME, MessageError.INVALID_CHARACTERS);
    if (failure == null) {
      failure = lines.startLine(head, start, at - 2);
      start = at;
    }
    return failure;
  }

  private @Nullable MessageError name(byte[] bytes, int end) {
    var i = at;
    var h = hash;
    byte folded;
    while (i < end && (folded = HeaderSyntax.fold(bytes[i])) != 0) {
      bytes[i++] = folded;
      h = HeaderKey.next(h, folded);
    }
    at = i;
    hash = h;
    return i == end ? null : nameEnds(bytes[i]);
  }

  /// As [#name], but what it was before it was folded is kept.
  private @Nullable MessageError nameAsSpelled(HeadLines head, int end) {
    var bytes = head.bytes();
    var names = head.originalNames();
    if (names == null) {
      names = new OriginalNames();
      head.originalNames(names);
    }
    for (var i = at; i < end && HeaderSyntax.fold(bytes[i]) != 0; i++) {
      names.append(bytes[i]);
    }
    var failure = name(bytes, end);
    if (state == State.BEFORE_VALUE) {
      names.endName();
    }
    return failure;
  }

  private @Nullable MessageError nameEnds(byte stop) {
    if (stop == ':' && at > start) {
      nameEnd = at++;
      state = State.BEFORE_VALUE;
      return null;
    }
    if (stop == '\r' && at == start) {
      at++;
      state = State.LAST_LF;
      return null;
    }
    return switch (stop) {
      case '\t', '\r', '\n' -> MessageError.CODEC_ERROR;
      case 0x7f -> MessageError.INVALID_CHARACTERS;
      default ->
          stop >= 0 && stop < 0x20 ? MessageError.INVALID_CHARACTERS : MessageError.CODEC_ERROR;
    };
  }

  private @Nullable MessageError beforeValue(byte[] bytes, int end) {
    while (at < end && Tokens.isSpace(bytes[at])) {
      at++;
    }
    if (at < end) {
      valueStart = at;
      state = State.VALUE;
    }
    return null;
  }

  private @Nullable MessageError valueLineFeed(HeadLines head, Lines lines) {
    var bytes = head.bytes();
    var failure = lineFeed(bytes, State.NAME, MessageError.INVALID_CHARACTERS);
    if (failure != null) {
      return failure;
    }
    if (++fields > limits.headers()) {
      return MessageError.TOO_MANY_HEADERS;
    }
    var length = Tokens.length(bytes, valueStart, at - 2);
    var key = HeaderKey.of(bytes, start, nameEnd - start, hash);
    failure = lines.field(head, key, valueStart, length);
    if (failure == null && underscores != UnderscoreNames.ALLOW && hasUnderscore(bytes)) {
      failure =
          underscores == UnderscoreNames.REJECT_REQUEST ? MessageError.UNEXPECTED_UNDERSCORE : null;
      dropped++;
    } else if (failure == null && lines.keeps(key)) {
      // One tab instead of the space would keep the line from being copied out as it is.
      bytes[nameEnd + 1] = valueStart == nameEnd + 2 ? (byte) ' ' : bytes[nameEnd + 1];
      head.appendRaw(key, start, nameEnd - start, valueStart, length);
    }
    start = at;
    hash = 0;
    return failure;
  }

  private boolean hasUnderscore(byte[] bytes) {
    for (var i = start; i < nameEnd; i++) {
      if (bytes[i] == '_') {
        return true;
      }
    }
    return false;
  }
}

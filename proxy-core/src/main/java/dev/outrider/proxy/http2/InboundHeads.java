package dev.outrider.proxy.http2;

import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.http.UnderscoreNames;
import dev.outrider.proxy.http.hpack.HpackDecoder;
import dev.outrider.proxy.http.hpack.HpackResult;
import dev.outrider.proxy.metrics.StatCells;
import io.netty.buffer.ByteBuf;

/// The header blocks that an [Http2Connection] receives: decodes them, and decides whether they
/// make a message (RFC 9113 8.1).
final class InboundHeads {
  /// What Envoy's access log says when nghttp2 has no better name for it.
  private static final String OTHER = "http2.unknown.nghttp2.error";

  private final Http2Connection connection;
  private final Http2ConnectionSpec spec;
  private final StatCells stats;
  private final InboundErrors errors;
  private final HpackDecoder decoder;

  InboundHeads(Http2Connection connection, Http2ConnectionSpec spec, InboundErrors errors) {
    this.connection = connection;
    this.spec = spec;
    this.stats = spec.stats();
    this.errors = errors;
    this.decoder = new HpackDecoder(spec.heads());
  }

  /// As [HpackDecoder#maxTableSize].
  void maxTableSize(int bytes) {
    decoder.maxTableSize(bytes);
  }

  /// A request.
  void begin(int id, ByteBuf block, int wireBytes, boolean end) {
    if (!connection.admits(id)) {
      skip(block);
      return;
    }
    var stream = connection.accept(id);
    var head = spec.heads().take(HeadKind.REQUEST);
    if (decoded(stream, decoder.decode(block, head, spec.fields()), head)) {
      var verdict =
          HeadCheck.request(head, decoder.report(), spec.options().allowConnect())
              .or(length(stream, head, end));
      if (verdict != Verdict.FINE) {
        head.release();
        malformed(stream, verdict);
      } else if (namesFit(stream, head)) {
        count(stream, wireBytes);
        deliver(stream, head, end);
      }
    }
  }

  /// A response, or trailers.
  void more(Http2Stream stream, ByteBuf block, int wireBytes, boolean end) {
    var trailers = stream.headSeen;
    var head = spec.heads().take(trailers ? HeadKind.TRAILERS : HeadKind.RESPONSE);
    var result = decoder.decode(block, head, spec.fields());
    if (stream.remoteEnded && result != HpackResult.COMPRESSION_ERROR) {
      head.release();
      errors.stream(stream, Http2Error.STREAM_CLOSED, OTHER);
    } else if (decoded(stream, result, head)) {
      if (trailers) {
        trailers(stream, head, wireBytes, end);
      } else {
        response(stream, head, wireBytes, end);
      }
    }
  }

  /// As Envoy, a block counts as one frame however many it came in, and not at all if it is not
  /// one.
  private static void count(Http2Stream stream, int wireBytes) {
    stream.headBytesReceived += FrameTypes.HEAD_LENGTH + wireBytes;
    stream.bytesReceived += FrameTypes.HEAD_LENGTH + wireBytes;
  }

  private void response(Http2Stream stream, HeaderMap head, int wireBytes, boolean end) {
    var status = head.status();
    var interim = status >= 100 && status < 200;
    var verdict = HeadCheck.response(head, decoder.report());
    if (!stream.toHead && status != 204 && status != 304 && !interim) {
      verdict = verdict.or(length(stream, head, end));
    }
    if (verdict != Verdict.FINE || status < 100 || status == 101 || (interim && end)) {
      head.release();
      malformed(stream, verdict.or(Verdict.MESSAGE));
      return;
    }
    count(stream, wireBytes);
    if (interim) {
      var sink = stream.sink;
      if (sink == null) {
        head.release();
      } else {
        sink.onInformational(head);
      }
    } else {
      deliver(stream, head, end);
    }
  }

  private void trailers(Http2Stream stream, HeaderMap trailers, int wireBytes, boolean end) {
    var verdict = HeadCheck.trailers(trailers, decoder.report());
    if (verdict != Verdict.FINE || !end) {
      trailers.release();
      malformed(stream, verdict.or(Verdict.MESSAGE));
    } else if (stream.expected > 0) {
      trailers.release();
      errors.wrongLength(stream);
    } else if (namesFit(stream, trailers)) {
      count(stream, wireBytes);
      stream.remoteEnded = true;
      stats.inc(Http2Stats.TRAILERS);
      var sink = stream.sink;
      if (sink == null) {
        trailers.release();
      } else {
        sink.onTrailers(trailers);
      }
      connection.closeIfEnded(stream);
    }
  }

  private void deliver(Http2Stream stream, HeaderMap head, boolean end) {
    stream.headSeen = true;
    stream.remoteEnded = end;
    var sink = stream.sink;
    if (sink == null) {
      head.release();
    } else {
      sink.onHead(head, end);
    }
    connection.closeIfEnded(stream);
  }

  /// Deals with names that have an underscore; releases the head and returns false if they cost the
  /// stream.
  private boolean namesFit(Http2Stream stream, HeaderMap head) {
    if (spec.underscores() == UnderscoreNames.ALLOW) {
      return true;
    }
    for (var line = 0; line < head.lines(); line++) {
      if (head.live(line) && head.nameContains(line, '_')) {
        if (spec.underscores() == UnderscoreNames.REJECT_REQUEST) {
          stats.inc(Http2Stats.REQUESTS_REJECTED_WITH_UNDERSCORES);
          head.release();
          refuse(stream, "http2.unexpected_underscore");
          return false;
        }
        stats.inc(Http2Stats.DROPPED_HEADERS_WITH_UNDERSCORES);
        head.removeLine(line);
      }
    }
    return true;
  }

  /// Remembers what `content-length` promises.
  private Verdict length(Http2Stream stream, HeaderMap head, boolean end) {
    stream.expected = HeadCheck.contentLength(head, decoder.report());
    return stream.expected == HeadCheck.BAD_LENGTH
        ? Verdict.FIELD
        : end && stream.expected > 0 ? Verdict.MESSAGE : Verdict.FINE;
  }

  /// Deals with what the decoder could not do; releases the head then, and returns false.
  private boolean decoded(Http2Stream stream, HpackResult result, HeaderMap head) {
    if (result == HpackResult.OK) {
      return true;
    }
    head.release();
    switch (result) {
      case TOO_MANY_FIELDS -> {
        stats.inc(Http2Stats.HEADER_OVERFLOW);
        refuse(stream, "http2.too_many_headers");
      }
      case TOO_LARGE -> {
        stats.inc(Http2Stats.HEADER_LIST_SIZE_TOO_LARGE);
        refuse(stream, "http2.header_list_size_too_large");
      }
      case INVALID_FIELD -> malformed(stream, Verdict.FIELD);
      case COMPRESSION_ERROR, OK ->
          errors.connection(Http2Error.COMPRESSION_ERROR, "header compression error");
    }
    return false;
  }

  private void refuse(Http2Stream stream, String details) {
    errors.stream(stream, ResetReason.LOCAL_RESET, Http2Error.INTERNAL_ERROR, details);
  }

  private void malformed(Http2Stream stream, Verdict verdict) {
    errors.malformed(stream, verdict, spec.options().streamErrorOnInvalidMessage());
  }

  /// Decodes a block that belongs to nobody: the dynamic table needs it.
  void skip(ByteBuf block) {
    var head = spec.heads().take(HeadKind.REQUEST);
    if (decoder.decode(block, head, spec.fields()) == HpackResult.COMPRESSION_ERROR) {
      errors.connection(Http2Error.COMPRESSION_ERROR, "header compression error");
    }
    head.release();
  }
}

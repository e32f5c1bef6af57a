package dev.outrider.proxy.wasm;

import dev.outrider.proxy.filter.BodyStatus;
import dev.outrider.proxy.filter.HeadStatus;
import dev.outrider.proxy.filter.HttpFilter;
import dev.outrider.proxy.filter.StreamHandle;
import dev.outrider.proxy.filter.TrailersStatus;
import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxy.wasm.foreign.ForeignStream;
import dev.outrider.proxywasm.HttpStreamContext;
import dev.outrider.proxywasm.host.BodyAccess;
import dev.outrider.proxywasm.host.BufferKind;
import dev.outrider.proxywasm.host.ByteSink;
import dev.outrider.proxywasm.host.FilterDataStatus;
import dev.outrider.proxywasm.host.FilterHeadersStatus;
import dev.outrider.proxywasm.host.FilterTrailersStatus;
import dev.outrider.proxywasm.host.GuestReply;
import dev.outrider.proxywasm.host.HeaderAccess;
import dev.outrider.proxywasm.host.HeaderMapKind;
import dev.outrider.proxywasm.host.HttpStreamHost;
import dev.outrider.proxywasm.host.StreamKind;
import dev.outrider.proxywasm.host.WasmResult;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// One stream of one plugin: native filter towards the proxy, host of the stream towards the guest.
///
/// The library runs a guest's effects before its callback returns; the stream handle carries them
/// out once no filter is on the stack, so the order of the house holds (failure, reply, close,
/// resume, returned status).
final class WasmFilter extends GuestStream implements HttpFilter, HttpStreamHost, ForeignStream {
  private final GuestPlugin plugin;
  private final FailurePolicy policy;
  private final StreamHandle stream;
  private final HttpStreamContext guest;
  private boolean failed;
  private boolean closed;
  private boolean ending;

  WasmFilter(GuestPlugin plugin, FailurePolicy policy, StreamHandle stream) {
    this.plugin = plugin;
    this.policy = policy;
    this.stream = stream;
    this.guest = plugin.openStream(this, this);
  }

  @Override
  public HeadStatus onRequestHead(HeaderMap head, boolean end) {
    return failed
        ? HeadStatus.CONTINUE
        : head(StreamKind.REQUEST, guest.onRequestHeaders(head.count(), end));
  }

  @Override
  public BodyStatus onRequestBody(BodyBuffer shown, boolean end) {
    return failed
        ? BodyStatus.CONTINUE
        : body(StreamKind.REQUEST, guest.onRequestBody(shown.length(), end));
  }

  @Override
  public TrailersStatus onRequestTrailers(HeaderMap trailers) {
    return failed
        ? TrailersStatus.CONTINUE
        : trailers(StreamKind.REQUEST, guest.onRequestTrailers(trailers.count()));
  }

  @Override
  public HeadStatus onResponseHead(HeaderMap head, boolean end) {
    letGo(StreamKind.REQUEST); // the stream gets on, whatever becomes of the rest of the request
    return failed
        ? HeadStatus.CONTINUE
        : head(StreamKind.RESPONSE, guest.onResponseHeaders(head.count(), end));
  }

  @Override
  public BodyStatus onResponseBody(BodyBuffer shown, boolean end) {
    return failed
        ? BodyStatus.CONTINUE
        : body(StreamKind.RESPONSE, guest.onResponseBody(shown.length(), end));
  }

  @Override
  public TrailersStatus onResponseTrailers(HeaderMap trailers) {
    return failed
        ? TrailersStatus.CONTINUE
        : trailers(StreamKind.RESPONSE, guest.onResponseTrailers(trailers.count()));
  }

  @Override
  public void onStreamEnd() {
    failed = true; // nobody is left to be told
    closeGuest();
  }

  // A failed guest holds nothing: its stream is answered, or goes on under FAIL_OPEN_AT_ONCE.

  private HeadStatus head(StreamKind direction, FilterHeadersStatus status) {
    if (failed) {
      return HeadStatus.CONTINUE;
    }
    return switch (status) {
      case CONTINUE -> goesOn(direction, HeadStatus.CONTINUE);
      case STOP_ITERATION -> held(direction, HeadStatus.HOLD_HEAD);
      case STOP_ALL_ITERATION_AND_BUFFER -> held(direction, HeadStatus.HOLD_ALL_LIMITED);
      case STOP_ALL_ITERATION_AND_WATERMARK -> held(direction, HeadStatus.HOLD_ALL_BACKPRESSURE);
    };
  }

  private BodyStatus body(StreamKind direction, FilterDataStatus status) {
    if (failed) {
      return BodyStatus.CONTINUE;
    }
    return switch (status) {
      case CONTINUE -> goesOn(direction, BodyStatus.CONTINUE);
      case STOP_ITERATION_AND_BUFFER -> held(direction, BodyStatus.HOLD_AND_SHOW_ALL);
      case STOP_ITERATION_AND_WATERMARK -> held(direction, BodyStatus.HOLD_AND_SHOW_NEW);
      case STOP_ITERATION_NO_BUFFER -> held(direction, BodyStatus.DROP);
    };
  }

  private TrailersStatus trailers(StreamKind direction, FilterTrailersStatus status) {
    if (failed) {
      return TrailersStatus.CONTINUE;
    }
    return switch (status) {
      case CONTINUE -> goesOn(direction, TrailersStatus.CONTINUE);
      case STOP_ITERATION -> held(direction, TrailersStatus.HOLD);
    };
  }

  /// After a reply or a reset of its own the guest holds nothing that could ever go on.
  private <S> S held(StreamKind direction, S status) {
    waitForGuest();
    if (!ending) {
      plugin.held(this, direction);
    }
    return status;
  }

  private <S> S goesOn(StreamKind direction, S status) {
    letGo(direction);
    return status;
  }

  // ---- reads

  @Override
  public @Nullable HeaderAccess headers(HeaderMapKind kind) {
    return plugin.views().of(map(kind));
  }

  private @Nullable HeaderMap map(HeaderMapKind kind) {
    return switch (kind) {
      case REQUEST_HEADERS -> stream.requestHead();
      case REQUEST_TRAILERS -> stream.requestTrailers();
      case RESPONSE_HEADERS -> stream.responseHead();
      case RESPONSE_TRAILERS -> stream.responseTrailers();
      case GRPC_CALL_INITIAL_METADATA,
          GRPC_CALL_TRAILING_METADATA,
          HTTP_CALL_RESPONSE_HEADERS,
          HTTP_CALL_RESPONSE_TRAILERS ->
          null;
    };
  }

  @Override
  public @Nullable HeaderAccess createTrailers(HeaderMapKind kind) {
    return plugin
        .views()
        .of(
            switch (kind) {
              case REQUEST_TRAILERS -> stream.addRequestTrailers();
              case RESPONSE_TRAILERS -> stream.addResponseTrailers();
              case REQUEST_HEADERS,
                  RESPONSE_HEADERS,
                  GRPC_CALL_INITIAL_METADATA,
                  GRPC_CALL_TRAILING_METADATA,
                  HTTP_CALL_RESPONSE_HEADERS,
                  HTTP_CALL_RESPONSE_TRAILERS ->
                  null;
            });
  }

  @Override
  public @Nullable BodyAccess body(BufferKind kind) {
    return switch (kind) {
      case REQUEST_BODY -> plugin.views().of(stream.requestBody());
      case RESPONSE_BODY -> plugin.views().of(stream.responseBody());
      default -> null;
    };
  }

  @Override
  public WasmResult property(byte[] path, int offset, int length, ByteSink value) {
    return plugin.properties().read(path, offset, length, stream.info(), value);
  }

  @Override
  public WasmResult setProperty(
      byte[] path, int pathOffset, int pathLength, byte[] value, int valueOffset, int valueLength) {
    var kept = Arrays.copyOfRange(value, valueOffset, valueOffset + valueLength);
    return plugin.properties().write(stream.info(), path, pathOffset, pathLength, kept);
  }

  @Override
  public StreamInfo info() {
    return stream.info();
  }

  @Override
  public void clearRouteCache() {
    stream.clearRoute();
  }

  // ---- effects

  @Override
  public void resume(StreamKind direction) {
    letGo(direction);
    switch (direction) {
      case REQUEST -> stream.resumeRequest();
      case RESPONSE -> stream.resumeResponse();
      case DOWNSTREAM, UPSTREAM -> {} // of a network filter; harmless here, as in Envoy
    }
  }

  @Override
  public void reply(GuestReply reply) {
    end();
    stream.reply(GuestReplies.toLocalReply(reply));
  }

  @Override
  public void close(StreamKind direction) {
    switch (direction) {
      case REQUEST, RESPONSE -> {
        end();
        var said = stream.info().details(); // of a response that is under way; Envoy keeps them
        stream.reset(ResetReason.LOCAL_RESET, said.isEmpty() ? "wasm_close_stream" : said);
      }
      case DOWNSTREAM, UPSTREAM -> {} // of a network filter; harmless here, as in Envoy
    }
  }

  private void end() {
    ending = true;
    letGo(StreamKind.REQUEST);
    letGo(StreamKind.RESPONSE);
  }

  @Override
  public void failed() {
    if (failed) {
      return;
    }
    failed = true;
    if (policy == FailurePolicy.FAIL_OPEN_AT_ONCE) {
      stream.resumeRequest();
      stream.resumeResponse();
    } else {
      stream.reply(FailedFilter.REPLY);
    }
  }

  @Override
  void expired() {
    closeGuest();
    if (failed) {
      return;
    }
    failed = true;
    if (policy.open()) {
      stream.resumeRequest();
      stream.resumeResponse();
    } else {
      stream.reply(FailedFilter.REPLY);
    }
  }

  private void closeGuest() {
    if (!closed) {
      closed = true;
      plugin.closeStream(this, guest);
    }
  }
}

package dev.outrider.proxy.wasm;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxy.wasm.foreign.ForeignStream;
import dev.outrider.proxywasm.host.BodyAccess;
import dev.outrider.proxywasm.host.BufferKind;
import dev.outrider.proxywasm.host.ByteSink;
import dev.outrider.proxywasm.host.GuestReply;
import dev.outrider.proxywasm.host.HeaderAccess;
import dev.outrider.proxywasm.host.HeaderMapKind;
import dev.outrider.proxywasm.host.HttpStreamHost;
import dev.outrider.proxywasm.host.StreamKind;
import dev.outrider.proxywasm.host.WasmResult;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A stream that is over, for a guest that logs it: heads, trailers and properties can be read;
/// there is nothing left to change. One per logger, bound anew for every stream.
final class FinishedStream implements HttpStreamHost, ForeignStream {
  private @Nullable GuestPlugin plugin;
  private @Nullable StreamInfo info;

  FinishedStream of(GuestPlugin newPlugin, StreamInfo newInfo) {
    plugin = newPlugin;
    info = newInfo;
    return this;
  }

  private GuestPlugin plugin() {
    return Objects.requireNonNull(plugin, "not bound");
  }

  @Override
  public StreamInfo info() {
    return Objects.requireNonNull(info, "not bound");
  }

  @Override
  public @Nullable HeaderAccess headers(HeaderMapKind kind) {
    return plugin().views().of(map(kind));
  }

  private @Nullable HeaderMap map(HeaderMapKind kind) {
    return switch (kind) {
      case REQUEST_HEADERS -> info().requestHead();
      case REQUEST_TRAILERS -> info().requestTrailers();
      case RESPONSE_HEADERS -> info().responseHead();
      case RESPONSE_TRAILERS -> info().responseTrailers();
      case GRPC_CALL_INITIAL_METADATA,
          GRPC_CALL_TRAILING_METADATA,
          HTTP_CALL_RESPONSE_HEADERS,
          HTTP_CALL_RESPONSE_TRAILERS ->
          null;
    };
  }

  @Override
  public @Nullable HeaderAccess createTrailers(HeaderMapKind kind) {
    return null;
  }

  @Override
  public @Nullable BodyAccess body(BufferKind kind) {
    return null;
  }

  @Override
  public WasmResult property(byte[] path, int offset, int length, ByteSink value) {
    return plugin().properties().read(path, offset, length, info(), value);
  }

  @Override
  public WasmResult setProperty(
      byte[] path, int pathOffset, int pathLength, byte[] value, int valueOffset, int valueLength) {
    var kept = Arrays.copyOfRange(value, valueOffset, valueOffset + valueLength);
    return plugin().properties().write(info(), path, pathOffset, pathLength, kept);
  }

  @Override
  public void clearRouteCache() {}

  @Override
  public void resume(StreamKind direction) {}

  @Override
  public void reply(GuestReply reply) {}

  @Override
  public void close(StreamKind direction) {}

  @Override
  public void failed() {}
}

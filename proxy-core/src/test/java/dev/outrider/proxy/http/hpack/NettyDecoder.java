package dev.outrider.proxy.http.hpack;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Netty's HPACK as a second opinion.
final class NettyDecoder {
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false, 1 << 24);

  void maxTableSize(int bytes) throws Http2Exception {
    decoder.configuration().maxHeaderTableSize(bytes);
  }

  /// Lines as [Blocks#lines]; null if the block cannot be decoded.
  @Nullable List<String> decode(ByteBuf block) {
    try {
      var lines = new ArrayList<String>();
      for (var field : decoder.decodeHeaders(1, block.duplicate())) {
        lines.add(field.getKey() + ": " + field.getValue());
      }
      return lines;
    } catch (Http2Exception e) {
      if (e.error() != Http2Error.COMPRESSION_ERROR && e.error() != Http2Error.PROTOCOL_ERROR) {
        throw new AssertionError("not about the block", e);
      }
      return null;
    } catch (IndexOutOfBoundsException | IllegalArgumentException _) {
      return null;
    }
  }
}

package dev.outrider.proxy.wasm.foreign;

import dev.outrider.proxywasm.host.ByteSink;
import dev.outrider.proxywasm.host.ForeignCall;
import dev.outrider.proxywasm.host.WasmResult;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/// `compress` and `uncompress`: a zlib stream (RFC 1950) at the default level.
///
/// Neither side may be longer than [#MOST_BYTES], so that no call holds a loop for long; Envoy has
/// no such limit.
final class Zlib {
  static final int MOST_BYTES = 16 << 20;

  private Zlib() {}

  static WasmResult compress(ForeignCall call, ByteSink result) {
    if (call.length() > MOST_BYTES) {
      return WasmResult.SERIALIZATION_FAILURE;
    }
    var deflater = new Deflater();
    try {
      deflater.setInput(call.array(), call.offset(), call.length());
      deflater.finish();
      var out = new byte[64 + call.length() / 2];
      var size = 0;
      while (!deflater.finished()) {
        out = size == out.length ? Arrays.copyOf(out, 2 * size) : out;
        size += deflater.deflate(out, size, out.length - size);
      }
      result.accept(out, 0, size);
      return WasmResult.OK;
    } finally {
      deflater.end();
    }
  }

  /// What follows the stream is ignored, as in Envoy; a stream that does not end is none.
  static WasmResult uncompress(ForeignCall call, ByteSink result) {
    var inflater = new Inflater();
    try {
      inflater.setInput(call.array(), call.offset(), call.length());
      var out = new byte[(int) Math.min(MOST_BYTES + 1L, 64 + 4L * call.length())];
      var size = 0;
      while (!inflater.finished()) {
        if (size > MOST_BYTES) {
          return WasmResult.SERIALIZATION_FAILURE;
        }
        out = size == out.length ? Arrays.copyOf(out, Math.min(MOST_BYTES + 1, 2 * size)) : out;
        var more = inflater.inflate(out, size, out.length - size);
        if (more == 0 && !inflater.finished()) {
          return WasmResult.SERIALIZATION_FAILURE;
        }
        size += more;
      }
      if (size > MOST_BYTES) {
        return WasmResult.SERIALIZATION_FAILURE;
      }
      result.accept(out, 0, size);
      return WasmResult.OK;
    } catch (DataFormatException malformed) {
      return WasmResult.SERIALIZATION_FAILURE;
    } finally {
      inflater.end();
    }
  }
}

package dev.outrider.proxywasm.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxywasm.host.ByteSink;
import dev.outrider.proxywasm.host.WasmResult;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Properties by path, written with dots: `request.path`.
public final class TestProperties {
  private final Map<String, byte[]> values = new HashMap<>();

  /// Sets a text.
  public void set(String path, String value) {
    values.put(path, value.getBytes(UTF_8));
  }

  /// Sets an integer, in the ABI's eight bytes.
  public void set(String path, long value) {
    var bytes = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value);
    values.put(path, bytes.array());
  }

  /// Sets raw bytes.
  public void set(String path, byte[] value) {
    values.put(path, value.clone());
  }

  /// The value as text, or null.
  public @Nullable String text(String path) {
    var value = values.get(path);
    return value == null ? null : new String(value, UTF_8);
  }

  WasmResult read(String nulPath, ByteSink sink) {
    var value = values.get(nulPath.replace('\0', '.'));
    if (value == null) {
      return WasmResult.NOT_FOUND;
    }
    sink.accept(value, 0, value.length);
    return WasmResult.OK;
  }
}

package dev.outrider.proxy.wasm.foreign;

import com.google.common.primitives.UnsignedLong;
import com.google.protobuf.MessageLite;
import dev.cel.common.values.CelByteString;
import dev.outrider.proxy.attributes.ValueBuffer;
import dev.outrider.proxy.expression.AttributeVariables;
import dev.outrider.proxywasm.host.ByteSink;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// Writes values of CEL as properties: text and bytes as they are, numbers as 8 bytes, lists and
/// maps as pairs. On the thread of a VM, used again for each value.
final class PropertyEncoder {
  private static final long SECOND = 1_000_000_000;

  private final ValueBuffer out = new ValueBuffer();

  void clear() {
    out.clear();
  }

  void give(ByteSink result) {
    result.accept(out.array(), 0, out.size());
  }

  void putToken(int token) {
    out.putIntLittleEndian(token);
  }

  /// False for what is no property: null, a type, a group of attributes; then something may have
  /// been written.
  boolean put(Object value) {
    switch (value) {
      case String text -> out.put(text);
      case CelByteString bytes -> out.put(bytes.toByteArray());
      case Boolean truth -> out.put(truth ? 1 : 0);
      case Long number -> out.putLongLittleEndian(number);
      case UnsignedLong number -> out.putLongLittleEndian(number.longValue());
      case Double number -> out.putLongLittleEndian(Double.doubleToRawLongBits(number));
      case Duration span -> out.putLongLittleEndian(nanos(span.getSeconds(), span.getNano()));
      case Instant time -> out.putLongLittleEndian(nanos(time.getEpochSecond(), time.getNano()));
      case MessageLite message -> out.put(message.toByteArray());
      case AttributeVariables.Group _ -> {
        return false;
      }
      case Map<?, ?> map -> {
        return putMap(map);
      }
      case List<?> list -> {
        return putList(list);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  /// As in Envoy what does not fit wraps around.
  private static long nanos(long seconds, long nanos) {
    return seconds * SECOND + nanos;
  }

  private boolean putMap(Map<?, ?> map) {
    var pairs = out.beginPairs(map.size());
    var index = 0;
    for (var entry : map.entrySet()) {
      if (entry.getKey() == null || entry.getValue() == null || !put(entry.getKey())) {
        return false;
      }
      out.endKey(pairs, index);
      if (!put(entry.getValue())) {
        return false;
      }
      out.endValue(pairs, index++);
    }
    return true;
  }

  /// Items are keys without values.
  private boolean putList(List<?> list) {
    var pairs = out.beginPairs(list.size());
    for (var i = 0; i < list.size(); i++) {
      var item = list.get(i);
      if (item == null || !put(item)) {
        return false;
      }
      out.endKey(pairs, i);
      out.endValue(pairs, i);
    }
    return true;
  }
}

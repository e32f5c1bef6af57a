package dev.outrider.proxy.expression;

import com.google.common.primitives.UnsignedLong;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.cel.common.values.CelByteString;
import dev.outrider.proxy.attributes.AttributeKind;
import dev.outrider.proxy.attributes.ValueBuffer;
import io.envoyproxy.envoy.config.core.v3.Locality;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Turns attributes, which are read as bytes, into values of CEL.
final class AttributeValues {
  private static final long SECOND = 1_000_000_000;

  private AttributeValues() {}

  /// Null for what is absent.
  static @Nullable Object decode(AttributeKind kind, String path, ValueBuffer value) {
    return switch (kind) {
      case TEXT -> new String(value.array(), 0, value.size(), StandardCharsets.UTF_8);
      case BYTES -> CelByteString.of(value.toBytes());
      case BOOL -> value.array()[0] != 0;
      case INT -> number(value);
      case UINT -> UnsignedLong.fromLongBits(number(value));
      case DOUBLE -> Double.longBitsToDouble(number(value));
      case DURATION -> Duration.ofNanos(number(value));
      case TIME ->
          Instant.ofEpochSecond(
              Math.floorDiv(number(value), SECOND), Math.floorMod(number(value), SECOND));
      case MAP -> headers(value);
      case MESSAGE -> message(path, value);
      case LIST, GROUP, ABSENT -> null; // no attribute is a list
    };
  }

  private static long number(ValueBuffer value) {
    return ByteBuffer.wrap(value.array()).order(ByteOrder.LITTLE_ENDIAN).getLong();
  }

  /// Names of headers have no case.
  private static Map<String, String> headers(ValueBuffer pairs) {
    var bytes = ByteBuffer.wrap(pairs.array(), 0, pairs.size()).order(ByteOrder.LITTLE_ENDIAN);
    var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    var count = bytes.getInt();
    var at = Integer.BYTES * (1 + 2 * count);
    for (var i = 0; i < count; i++) {
      var nameLength = bytes.getInt();
      var valueLength = bytes.getInt();
      var name = new String(pairs.array(), at, nameLength, StandardCharsets.UTF_8);
      at += nameLength + 1;
      headers.put(name, new String(pairs.array(), at, valueLength, StandardCharsets.UTF_8));
      at += valueLength + 1;
    }
    return headers;
  }

  private static Object message(String path, ValueBuffer value) {
    try {
      var bytes = ByteBuffer.wrap(value.array(), 0, value.size());
      return switch (path) {
        case "xds\0node", "node" -> Node.parseFrom(bytes);
        case "upstream\0locality" -> Locality.parseFrom(bytes);
        default -> Metadata.parseFrom(bytes);
      };
    } catch (InvalidProtocolBufferException malformed) {
      throw new IllegalStateException("the attribute " + path.replace('\0', '.'), malformed);
    }
  }
}

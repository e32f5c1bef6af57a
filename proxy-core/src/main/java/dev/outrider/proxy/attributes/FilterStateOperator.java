package dev.outrider.proxy.attributes;

import dev.outrider.proxy.stream.StreamInfo;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.function.Consumer;

/// `%FILTER_STATE(key:PLAIN):Z%`: what a filter left, as it is; without PLAIN (or with TYPED) as
/// the JSON of an `Any` with a `BytesValue`, whatever type a guest has declared, as in Envoy.
final class FilterStateOperator implements FormatOperator {
  private static final byte[] NO_PREFIX = {};

  private final byte[] key;
  private final boolean plain;
  private final int maxBytes;

  private FilterStateOperator(byte[] key, boolean plain, int maxBytes) {
    this.key = key;
    this.plain = plain;
    this.maxBytes = maxBytes;
  }

  static FormatOperator of(OperatorSpec spec, Consumer<String> problems) {
    var argument = spec.argumentOrEmpty();
    var plain = argument.endsWith(":PLAIN");
    var typed = argument.endsWith(":TYPED");
    var name = plain || typed ? argument.substring(0, argument.length() - 6) : argument;
    if (name.isEmpty() || name.indexOf(':') >= 0) {
      problems.accept(
          "operator " + spec + " needs a key, and knows no serialisation but PLAIN and TYPED");
    }
    return new FilterStateOperator(name.getBytes(StandardCharsets.UTF_8), plain, spec.maxBytes());
  }

  @Override
  public boolean write(StreamInfo info, ValueBuffer out) {
    var entry = info.kept(NO_PREFIX, key, 0, key.length);
    if (entry == null) {
      return false;
    }
    var from = out.size();
    if (plain) {
      out.put(entry.value());
    } else {
      typed(entry.value(), out);
    }
    if (out.size() - from > maxBytes) {
      out.truncate(from + maxBytes);
    }
    return true;
  }

  @Override
  public boolean writeJson(StreamInfo info, ValueBuffer out) {
    var from = out.size();
    var entry = info.kept(NO_PREFIX, key, 0, key.length);
    if (entry == null) {
      return false;
    }
    if (!plain) {
      typed(entry.value(), out);
      return true;
    }
    out.put(entry.value(), 0, Math.min(maxBytes, entry.value().length));
    JsonText.quoteFrom(from, out);
    return true;
  }

  private static void typed(byte[] value, ValueBuffer out) {
    out.put("{\"@type\":\"type.googleapis.com/google.protobuf.BytesValue\",\"value\":\"");
    out.put(Base64.getEncoder().encode(value));
    out.put("\"}");
  }
}

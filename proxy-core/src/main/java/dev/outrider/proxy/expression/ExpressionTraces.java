package dev.outrider.proxy.expression;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Arrays;
import java.util.List;

/// What expressions leave in the bytes of a configuration. Asked before anything is compiled, so
/// that [ExpressionEngine#warmUp] can run elsewhere. Any thread.
public final class ExpressionTraces {
  private static final List<byte[]> TRACES =
      List.of("CEL(".getBytes(US_ASCII), "filters.cel.v3.ExpressionFilter".getBytes(US_ASCII));

  private ExpressionTraces() {}

  /// Whether there may be one: an operator of a format, or the filter of an access log.
  public static boolean in(byte[] config) {
    return TRACES.stream().anyMatch(trace -> contains(config, trace));
  }

  /// Whether one is a part of the other.
  public static boolean contains(byte[] all, byte[] part) {
    for (int at = 0; at <= all.length - part.length; at++) {
      if (all[at] == part[0] && Arrays.equals(all, at, at + part.length, part, 0, part.length)) {
        return true;
      }
    }
    return false;
  }
}

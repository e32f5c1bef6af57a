package dev.outrider.proxy.filters.statefulsession;

import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// Base64 as Envoy reads it.
final class SessionText {
  private static final int GROUP = 4;

  private SessionText() {}

  /// Null if it is none; without its padding it is none.
  static byte @Nullable [] decode(String text) {
    if (text.length() % GROUP != 0) {
      return null;
    }
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException _) {
      return null;
    }
  }
}

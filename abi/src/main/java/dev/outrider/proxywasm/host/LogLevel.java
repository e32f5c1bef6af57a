package dev.outrider.proxywasm.host;

import org.jspecify.annotations.Nullable;

/// Severity of a guest's log line; the ordinal is the ABI's number.
public enum LogLevel {
  TRACE,
  DEBUG,
  INFO,
  WARN,
  ERROR,
  CRITICAL;

  private static final LogLevel[] BY_CODE = values();

  /// The level with this number, or null if the ABI defines none.
  public static @Nullable LogLevel of(int code) {
    return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
  }
}

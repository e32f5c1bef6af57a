package dev.outrider.proxywasm.host;

import org.jspecify.annotations.Nullable;

/// Severity of a guest's log line.
public enum LogLevel {
  TRACE(0),
  DEBUG(1),
  INFO(2),
  WARN(3),
  ERROR(4),
  CRITICAL(5);

  private static final LogLevel[] BY_CODE = values();

  private final int code;

  LogLevel(int code) {
    this.code = code;
  }

  /// The ABI's number.
  public int code() {
    return code;
  }

  /// The level with this number, or null if the ABI defines none.
  public static @Nullable LogLevel of(int code) {
    return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
  }
}

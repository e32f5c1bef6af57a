package dev.outrider.proxywasm.host;

import org.jspecify.annotations.Nullable;

/// The metrics a guest can define.
public enum MetricKind {
  COUNTER(0),
  GAUGE(1),
  HISTOGRAM(2);

  private static final MetricKind[] BY_CODE = values();

  private final int code;

  MetricKind(int code) {
    this.code = code;
  }

  /// The ABI's number.
  public int code() {
    return code;
  }

  /// The metric kind with this number, or null if the ABI defines none.
  public static @Nullable MetricKind of(int code) {
    return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
  }
}

package dev.outrider.proxywasm.host;

import org.jspecify.annotations.Nullable;

/// The metrics a guest can define; the ordinal is the ABI's number.
public enum MetricKind {
  COUNTER,
  GAUGE,
  HISTOGRAM;

  private static final MetricKind[] BY_CODE = values();

  /// The metric kind with this number, or null if the ABI defines none.
  public static @Nullable MetricKind of(int code) {
    return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
  }
}

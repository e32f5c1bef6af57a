package dev.outrider.proxy.runtime;

/// A part of the requests, as configured and as the runtime may say otherwise (Envoy
/// `core.v3.RuntimeFractionalPercent`).
///
/// @param key empty = what is configured counts
/// @param numerator unsigned 32-bit; more than the denominator = all
/// @param denominator 100, 10,000 or 1,000,000
public record KeyedShare(String key, long numerator, int denominator) {
  public static final KeyedShare ALL = new KeyedShare("", 100, 100);

  /// What no key changes.
  public static KeyedShare of(long numerator, int denominator) {
    return new KeyedShare("", numerator, denominator);
  }

  /// Whether a random number is in it.
  ///
  /// @param random unsigned
  public boolean takes(RuntimeSnapshot runtime, long random) {
    return runtime.takes(key, numerator, denominator, random);
  }
}

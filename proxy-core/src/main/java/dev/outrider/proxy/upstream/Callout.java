package dev.outrider.proxy.upstream;

/// A call under way.
public interface Callout {
  /// Gives up; the outcome will not be told. Does nothing when it has been.
  void cancel();
}

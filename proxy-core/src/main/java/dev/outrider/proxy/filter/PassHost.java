package dev.outrider.proxy.filter;

/// Who runs a [FilterPass]: told when a filter keeps more than it may.
@FunctionalInterface
interface PassHost {
  /// A filter that buffers has reached the limit. The host answers and stops the pass before it
  /// returns.
  void onTooLarge();
}

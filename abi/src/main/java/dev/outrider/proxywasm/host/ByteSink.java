package dev.outrider.proxywasm.host;

/// Takes one byte range. The range is lent for the call: copy what must live longer.
@FunctionalInterface
public interface ByteSink {
  /// Takes the bytes; the range is lent for the call.
  void accept(byte[] source, int offset, int length);
}

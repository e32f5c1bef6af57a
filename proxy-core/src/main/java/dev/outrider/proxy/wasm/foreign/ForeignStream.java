package dev.outrider.proxy.wasm.foreign;

import dev.outrider.proxy.stream.StreamInfo;

/// A stream as foreign functions know it.
public interface ForeignStream {
  StreamInfo info();
}

package dev.outrider.proxy.wasm.foreign;

/// A plugin as its foreign functions know it.
public interface ForeignPlugin {
  ForeignState foreignState();
}

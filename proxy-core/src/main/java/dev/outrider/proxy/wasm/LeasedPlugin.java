package dev.outrider.proxy.wasm;

import dev.outrider.proxy.filter.Leased;

/// A factory of filters on one worker that lives as its lease of the plugin does.
interface LeasedPlugin extends Leased {
  PluginLease plugin();

  @Override
  default void onRetired() {
    plugin().retire();
  }

  @Override
  default void onWanted() {
    plugin().want();
  }

  @Override
  default void close() {
    plugin().close();
  }
}

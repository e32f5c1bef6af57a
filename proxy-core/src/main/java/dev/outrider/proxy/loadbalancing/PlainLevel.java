package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.Endpoint;
import org.jspecify.annotations.Nullable;

/// A priority whose endpoints are used wherever they run.
record PlainLevel(ListPicker healthy, ListPicker degraded) implements PriorityPicker.Level {

  @Override
  public @Nullable Endpoint pick(boolean wantsDegraded, long random) {
    return (wantsDegraded ? degraded : healthy).pick(random);
  }
}

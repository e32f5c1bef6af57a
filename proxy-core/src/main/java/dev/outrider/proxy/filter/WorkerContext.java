package dev.outrider.proxy.filter;

import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.runtime.RuntimeReader;
import dev.outrider.proxy.upstream.CalloutClient;
import dev.outrider.proxy.upstream.Upstreams;
import java.util.random.RandomGenerator;

/// What a worker lends to the filters that run on it. The loop may be asked for by any thread; the
/// rest belongs to it.
public interface WorkerContext {
  Loop loop();

  /// Calls to other services on behalf of filters.
  CalloutClient callouts();

  /// The worker's clusters, for filters that end a chain.
  Upstreams upstreams();

  RandomGenerator random();

  /// What the runtime says now.
  RuntimeReader runtime();

  /// Whether the operator has the health check of the process fail.
  default boolean healthCheckFailed() {
    return false;
  }

  /// Where heads for callouts and trailers come from.
  HeadStores heads();
}

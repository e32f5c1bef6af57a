package dev.outrider.proxy.extension;

import dev.outrider.proxy.filter.WorkerContext;
import java.util.List;

/// Something that runs beside the traffic for the life of the process (Envoy
/// `Bootstrap.bootstrap_extensions`).
public interface BootstrapExtension {
  /// The process has all that it should start with. Once, on the main loop.
  ///
  /// @param main the main loop
  /// @param workers every worker; what concerns one is to be posted to its loop
  void start(WorkerContext main, List<? extends WorkerContext> workers);

  /// The process ends: what runs on a loop is to be ended by a task posted to it, which is the last
  /// that the loop runs. At most once, on the main loop, after [#start].
  void stop(WorkerContext main, List<? extends WorkerContext> workers);
}

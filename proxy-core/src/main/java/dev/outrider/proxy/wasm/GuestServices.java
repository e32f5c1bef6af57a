package dev.outrider.proxy.wasm;

import dev.outrider.proxy.attributes.AttributeReader;
import dev.outrider.proxy.attributes.AttributeRoots;
import dev.outrider.proxy.loop.Clock;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.wasm.foreign.EnvoyFunctions;
import dev.outrider.proxywasm.host.HostServices;
import dev.outrider.proxywasm.host.LogSink;
import dev.outrider.proxywasm.host.MemoryPool;
import dev.outrider.proxywasm.host.SharedData;
import dev.outrider.proxywasm.host.SharedQueues;
import dev.outrider.proxywasm.shared.InProcessSharedData;
import dev.outrider.proxywasm.shared.InProcessSharedQueues;
import java.util.concurrent.Executor;

/// What all guests of the process share: one clock, one registry, one log, one budget of memory,
/// the spaces keyed by `vm_id`, and the node's name.
@SuppressWarnings("ArrayRecordComponent") // never compared
record GuestServices(
    Clock clock,
    MetricRegistry metrics,
    GuestMetricNames metricNames,
    VmStats vmStats,
    LogSink log,
    SharedData data,
    SharedQueues queues,
    MemoryPool memory,
    byte[] node) {
  private static final long MOST_POOLED_BYTES = 64L << 20;

  /// @param background zeroes memory that comes back
  static GuestServices of(Clock clock, MetricRegistry metrics, Executor background, byte[] node) {
    return new GuestServices(
        clock,
        metrics,
        new GuestMetricNames(),
        VmStats.of(metrics),
        new GuestLogSink(),
        new InProcessSharedData(),
        new InProcessSharedQueues(),
        new MemoryPool(Runtime.getRuntime().maxMemory() / 2, MOST_POOLED_BYTES, background),
        node);
  }

  /// What one plugin reads as properties.
  AttributeReader attributes(PluginSettings settings) {
    return new AttributeReader(
        new AttributeRoots(
            settings.name(), settings.plugin().rootId(), settings.vm().vmId(), node));
  }

  /// The same for a VM that is only to be tried: nothing it writes is seen by others.
  ///
  /// @param log takes what it says
  GuestServices inPrivate(LogSink log) {
    var unseen = new MetricRegistry(1);
    return new GuestServices(
        clock,
        unseen,
        new GuestMetricNames(),
        VmStats.of(unseen),
        log,
        new InProcessSharedData(),
        new InProcessSharedQueues(),
        memory,
        node);
  }

  /// The services of one VM.
  HostServices with(PluginEffects effects, PluginGrpc grpc) {
    return new HostServices(
        log,
        new LoopClock(clock),
        effects,
        effects,
        grpc,
        data,
        queues,
        new GuestMetricSink(metrics, metricNames),
        new EnvoyFunctions(),
        memory);
  }
}

package dev.outrider.proxywasm.testkit;

import dev.outrider.proxywasm.host.ForeignFunctions.ForeignFunction;
import dev.outrider.proxywasm.host.HostServices;
import dev.outrider.proxywasm.host.MemoryPool;
import dev.outrider.proxywasm.shared.InProcessSharedData;
import dev.outrider.proxywasm.shared.InProcessSharedQueues;
import java.util.HashMap;
import java.util.Map;

/// Every service of a host, recorded or scripted. Give the same one to two harnesses and their
/// guests share data, queues, metrics and clock, as two workers do.
public final class TestServices {
  private final RecordingLog log = new RecordingLog();
  private final TestClock clock = new TestClock();
  private final RecordingTimers timers = new RecordingTimers();
  private final ScriptedCallouts callouts = new ScriptedCallouts();
  private final ScriptedGrpc grpc = new ScriptedGrpc();
  private final RecordingMetrics metrics = new RecordingMetrics();
  private final InProcessSharedData sharedData = new InProcessSharedData();
  private final InProcessSharedQueues sharedQueues = new InProcessSharedQueues();
  private final Map<String, ForeignFunction> foreignFunctions = new HashMap<>();
  private final MemoryPool memory = new MemoryPool(1L << 30, 1L << 28, Runnable::run);

  public RecordingLog log() {
    return log;
  }

  public TestClock clock() {
    return clock;
  }

  public RecordingTimers timers() {
    return timers;
  }

  public ScriptedCallouts callouts() {
    return callouts;
  }

  public ScriptedGrpc grpc() {
    return grpc;
  }

  public RecordingMetrics metrics() {
    return metrics;
  }

  public InProcessSharedData sharedData() {
    return sharedData;
  }

  public InProcessSharedQueues sharedQueues() {
    return sharedQueues;
  }

  public MemoryPool memory() {
    return memory;
  }

  /// From now on guests can call that function.
  public void addForeignFunction(String name, ForeignFunction function) {
    foreignFunctions.put(name, function);
  }

  /// As a VM wants them.
  public HostServices asHostServices() {
    return new HostServices(
        log,
        clock,
        timers,
        callouts,
        grpc,
        sharedData,
        sharedQueues,
        metrics,
        foreignFunctions::get,
        memory);
  }
}

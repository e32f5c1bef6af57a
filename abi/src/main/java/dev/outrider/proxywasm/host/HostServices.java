package dev.outrider.proxywasm.host;

/// What one VM may use of its embedder, a topic each. Shared by all plugins of the VM.
///
/// A VM that is prepared on another thread than the one it will run on needs services whose effects
/// wait for the adoption; that is the embedder's part, since only it knows when.
public record HostServices(
    LogSink log,
    HostClock clock,
    TickTimers timers,
    HttpCallouts callouts,
    GrpcCallouts grpc,
    SharedData sharedData,
    SharedQueues sharedQueues,
    MetricSink metrics,
    ForeignFunctions foreignFunctions,
    MemoryPool memory) {}

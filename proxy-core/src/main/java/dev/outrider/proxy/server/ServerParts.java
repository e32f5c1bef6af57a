package dev.outrider.proxy.server;

import dev.outrider.proxy.accesslog.LogFiles;
import dev.outrider.proxy.accesslog.grpc.LogLoops;
import dev.outrider.proxy.cluster.SharedClusters;
import dev.outrider.proxy.config.ServiceIdentity;
import dev.outrider.proxy.dns.DnsCaches;
import dev.outrider.proxy.downstream.ConnectionBudget;
import dev.outrider.proxy.health.Fitness;
import dev.outrider.proxy.health.probe.UpstreamProbes;
import dev.outrider.proxy.loop.Clock;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.SystemClock;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.outlier.OutlierEvents;
import dev.outrider.proxy.runtime.LayeredRuntime;
import dev.outrider.proxy.server.BootstrapLoader.Loaded;
import dev.outrider.proxy.wasm.WasmOptions;
import dev.outrider.proxy.wasm.WasmPlugins;
import dev.outrider.proxy.worker.Transport;
import dev.outrider.proxy.worker.WorkerGroup;
import dev.outrider.proxy.worker.WorkerSpec;
import dev.outrider.proxy.xds.Configuration;
import dev.outrider.proxy.xds.EnvoyResourceTypes;
import dev.outrider.proxy.xds.FieldReport;
import dev.outrider.proxy.xds.accesslog.AccessLogParser;
import dev.outrider.proxy.xds.cluster.DnsCacheParser;
import dev.outrider.proxy.xds.resource.IntakeSpec;
import dev.outrider.proxy.xds.secret.Secrets;
import dev.outrider.proxy.xds.stream.CalloutRest;
import dev.outrider.proxy.xds.stream.ControlPlanes;
import dev.outrider.proxy.xds.stream.NodeMessage;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// The objects of a process, connected.
///
/// @param background for what may block: compiling modules, reading files
record ServerParts(
    MetricRegistry metrics,
    WorkerGroup loops,
    Configuration configuration,
    LayeredRuntime runtime,
    Fitness fitness,
    BootstrapExtensions extensions,
    ConfigPublisher publisher,
    OperatorDrain drain,
    WasmPlugins wasm,
    Secrets secrets,
    FieldReport fields,
    ProcessStats stats,
    LogFiles logs,
    ExecutorService background) {

  private static final int BACKGROUND_THREADS = 2;

  /// A guest's last callbacks run under its deadlines; nobody waits for a worker beyond this.
  private static final int LOOPS_END_SECONDS = 3;

  /// Guests recurse on the worker's own stack.
  private static final long WORKER_STACK_BYTES = 2L << 20;

  /// Threads start here; nothing listens and nothing is configured yet.
  static ServerParts build(ServerOptions options, Loaded loaded) {
    var metrics = loaded.metrics();
    var clock = new SystemClock();
    var clusters = new SharedClusters(metrics);
    var background = startBackground();
    var loops = new WorkerGroup(options.concurrency(), workers(options, loaded, clusters));
    var logs = new LogFiles(options.fileFlushInterval(), metrics);
    var publisher = new ConfigPublisher(loops, clusters, metrics);
    var node = NodeMessage.of(loaded.config().node()).toByteArray();
    var wasm =
        new WasmPlugins(
            options.concurrency(),
            clock,
            metrics,
            background,
            new WasmOptions(node, options.compiledModules(), options.drain().time()));
    loops.workers().forEach(wasm::serve);
    wasm.serve(loops.mainLoop());
    var accessLogs = new AccessLogParser(accessLogs(loops, metrics, logs, wasm, node), background);
    var main = loops.mainLoop();
    Loop mainLoop = main.loop();
    var secrets =
        new Secrets(new IntakeSpec(mainLoop, background, metrics, loaded.reader(), loaded.check()));
    var names = main.nameResolvers(background);
    var dnsCaches =
        new DnsCaches(mainLoop, metrics, new SplittableRandom(), names, publisher::allTaken);
    var types = types(loaded, wasm, accessLogs, dnsCaches, secrets);
    var fitness =
        fitness(loops, loaded, clusters, logs, clock, new CheckLogs(logs, clock, background));
    var runtime = new LayeredRuntime(mainLoop, metrics, loaded.config().runtime(), loops::runtime);
    var configuration =
        new Configuration(
            new Configuration.Spec(
                mainLoop,
                metrics,
                types,
                fitness,
                new ControlPlanes(
                    mainLoop, metrics, new CalloutRest(mainLoop, main.callouts(), main.heads())),
                new SplittableRandom(),
                names,
                runtime,
                publisher));
    var _ = loops.demandRoutes(configuration);
    return new ServerParts(
        metrics,
        loops,
        configuration,
        runtime,
        fitness,
        new BootstrapExtensions(Extensions.bootstrapExtensions(wasm)),
        publisher,
        new OperatorDrain(loops, options.drain().time(), metrics),
        wasm,
        secrets,
        loaded.report(),
        new ProcessStats(clock, metrics),
        logs,
        background);
  }

  private static WorkerSpec workers(ServerOptions options, Loaded loaded, SharedClusters clusters) {
    return new WorkerSpec(
        Transport.best(),
        clusters,
        loaded.metrics(),
        SplittableRandom::new,
        options.drain(),
        new ConnectionBudget(loaded.config().mostConnections()),
        loaded.config().place(),
        WORKER_STACK_BYTES,
        options.restartEpoch() > 0);
  }

  private static AccessLogs accessLogs(
      WorkerGroup loops, MetricRegistry metrics, LogFiles files, WasmPlugins wasm, byte[] node) {
    var logLoops = new LogLoops(metrics);
    loops.workers().forEach(logLoops::serve);
    return new AccessLogs(files, Extensions.accessLoggers(wasm, logLoops, node));
  }

  private static EnvoyResourceTypes types(
      Loaded loaded,
      WasmPlugins wasm,
      AccessLogParser accessLogs,
      DnsCaches dnsCaches,
      Secrets secrets) {
    var node = loaded.config().node();
    return new EnvoyResourceTypes(
        loaded.check(),
        new ServiceIdentity(node.cluster(), node.id()),
        Extensions.httpFilters(wasm, node.cluster(), new DnsCacheParser(dnsCaches)),
        Extensions.networkFilters(wasm, loaded.metrics(), accessLogs),
        accessLogs,
        dnsCaches,
        secrets);
  }

  private static Fitness fitness(
      WorkerGroup loops,
      Loaded loaded,
      SharedClusters clusters,
      LogFiles files,
      Clock clock,
      CheckLogs checks) {
    var main = loops.mainLoop();
    var outlierLog = loaded.config().outlierLog();
    return new Fitness(
        new Fitness.Spec(
            main.loop(),
            new SplittableRandom(),
            loaded.metrics(),
            clusters,
            new UpstreamProbes(main.loop(), main.upstreams(), main.heads()),
            outlierLog.isEmpty()
                ? OutlierEvents.IGNORED
                : new OutlierLog(files.file(outlierLog), clock),
            checks));
  }

  /// What is asked of it while the process ends (memory to be zeroed for a next guest) is dropped.
  private static ExecutorService startBackground() {
    return new ThreadPoolExecutor(
        BACKGROUND_THREADS,
        BACKGROUND_THREADS,
        0,
        TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(),
        Thread.ofPlatform().daemon().name("background-", 0).factory(),
        new ThreadPoolExecutor.DiscardPolicy());
  }

  Loop mainLoop() {
    return loops.mainLoop().loop();
  }

  /// Ends everything, in the order in which one thing needs the other. Blocks until guests have
  /// said good-bye and access logs are written.
  void close() {
    mainLoop().execute(configuration::close);
    loops.close();
    loops
        .ended()
        .toCompletableFuture()
        .completeOnTimeout(null, LOOPS_END_SECONDS, TimeUnit.SECONDS)
        .join();
    secrets.close();
    background.shutdownNow();
    logs.close();
  }
}

package dev.outrider.proxy.wasm;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.StringValue;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.filter.WorkerFilterFactory;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.loop.FakeClock;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.runtime.RuntimeReader;
import dev.outrider.proxy.upstream.Upstreams;
import io.envoyproxy.envoy.config.core.v3.AsyncDataSource;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.extensions.filters.http.wasm.v3.Wasm;
import io.envoyproxy.envoy.extensions.wasm.v3.PluginConfig;
import io.envoyproxy.envoy.extensions.wasm.v3.VmConfig;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.slf4j.LoggerFactory;

/// Workers with one frozen time, a provider, and a background executor that runs when the test says
/// so, on a thread of its own. Is its own first worker, for tests that need one.
final class TestPlugins implements AutoCloseable, WorkerContext {
  static final ParseContext PLACE = new ParseContext("listener 'main'", "filters[0]", "wasm");

  private final FakeClock clock = new FakeClock();
  final List<TestWorker> workers;
  final FakeLoop loop;
  final HeadStores heads;
  final FakeCallouts callouts;
  final MetricRegistry metrics;
  final WasmPlugins plugins;
  final WasmFilterProvider provider;

  private final Queue<Runnable> background = new ArrayDeque<>();
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger("wasm");

  TestPlugins() {
    this(1);
  }

  TestPlugins(int count) {
    this(count, 0);
  }

  /// @param more loops that are no workers
  TestPlugins(int count, int more) {
    this(count, more, WasmOptions.DEFAULT);
  }

  TestPlugins(int count, int more, WasmOptions options) {
    workers = IntStream.range(0, count + more).mapToObj(i -> new TestWorker(i, clock)).toList();
    loop = workers.getFirst().loop;
    heads = workers.getFirst().heads;
    callouts = workers.getFirst().callouts;
    metrics = new MetricRegistry(count + 1);
    plugins = new WasmPlugins(count, clock, metrics, background::add, options, () -> () -> 0L);
    provider = new WasmFilterProvider(plugins);
    log.start();
    logger.addAppender(log);
    logger.setAdditive(false);
    logger.setLevel(Level.INFO);
  }

  /// One of the workers.
  static final class TestWorker implements WorkerContext {
    final FakeLoop loop;
    final HeadStores heads = new HeadStores();
    final FakeCallouts callouts;

    TestWorker(int index, FakeClock clock) {
      loop = new FakeLoop(index, clock);
      callouts = new FakeCallouts(loop, heads);
    }

    @Override
    public FakeLoop loop() {
      return loop;
    }

    @Override
    public FakeCallouts callouts() {
      return callouts;
    }

    @Override
    public Upstreams upstreams() {
      throw new UnsupportedOperationException("there are no clusters");
    }

    @Override
    public RuntimeReader runtime() {
      return new RuntimeReader();
    }

    @Override
    public RandomGenerator random() {
      return new SplittableRandom(1);
    }

    @Override
    public HeadStores heads() {
      return heads;
    }
  }

  /// Moves time on every worker, and runs what that causes, in the background too.
  void advance(Duration duration) {
    clock.advance(duration);
    settle();
  }

  /// Runs everything that waits.
  void settle() {
    for (var round = 0; round < 3; round++) {
      workers.forEach(worker -> worker.loop.advance(Duration.ZERO));
      runBackground();
    }
    workers.forEach(worker -> worker.loop.runTasks());
  }

  /// The factory on every worker.
  List<WorkerFilterFactory> startEverywhere(Any config) {
    var factory = accept(config);
    return workers.stream().map(factory::forWorker).toList();
  }

  /// A plugin `p0` with root id `r0` of VM `vm`.
  static Any config(byte[] wasm, UnaryOperator<PluginConfig.Builder> more) {
    var code =
        AsyncDataSource.newBuilder()
            .setLocal(DataSource.newBuilder().setInlineBytes(ByteString.copyFrom(wasm)));
    var plugin =
        PluginConfig.newBuilder()
            .setName("p0")
            .setRootId("r0")
            .setVmConfig(VmConfig.newBuilder().setVmId("vm").setCode(code));
    return Any.pack(Wasm.newBuilder().setConfig(more.apply(plugin)).build());
  }

  static Any config(byte[] wasm) {
    return config(wasm, plugin -> plugin);
  }

  static Any text(String value) {
    return Any.pack(StringValue.of(value));
  }

  Parsed<HttpFilterFactory> parse(Any config) {
    var stage = provider.parse(config, PLACE).toCompletableFuture();
    runBackground();
    if (!stage.isDone()) {
      throw new AssertionError("the configuration got no answer");
    }
    return stage.join();
  }

  HttpFilterFactory accept(Any config) {
    return switch (parse(config)) {
      case Parsed.Valid<HttpFilterFactory>(var factory) -> factory;
      case Parsed.Invalid<HttpFilterFactory>(var problems) ->
          throw new AssertionError(problems.toString());
    };
  }

  /// The texts of all problems.
  List<String> refusals(Any config) {
    return parse(config).problems().stream().map(problem -> problem.text()).toList();
  }

  WorkerFilterFactory start(Any config) {
    return accept(config).forWorker(this);
  }

  TestStream stream(WorkerFilterFactory... factories) {
    return new TestStream(loop, factories);
  }

  /// The status that a request with those headers gets; 200 if it reaches the upstream.
  int status(WorkerFilterFactory factory, String... headers) {
    try (var stream = stream(factory)) {
      stream.get(headers);
      if (stream.client().isEmpty()) {
        if (stream.upstream().isEmpty()) {
          throw new AssertionError("the request is held");
        }
        return 200;
      }
      var head = stream.info().responseHead();
      return head == null ? 0 : head.status();
    }
  }

  void runBackground() {
    for (var task = background.poll(); task != null; task = background.poll()) {
      var thread = new Thread(task, "background");
      thread.start();
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  /// VMs started so far, without canaries, with all that was asked for.
  long vmsStarted() {
    runBackground();
    loop.runTasks();
    return counter("wasm.envoy.wasm.runtime.v8.created");
  }

  long counter(String name) {
    return metrics.counter(name).value();
  }

  long activeVms() {
    return metrics.gauge("wasm.envoy.wasm.runtime.v8.active").value();
  }

  /// `LEVEL text` of what was written to component `wasm`.
  List<String> log() {
    return log.list.stream()
        .map(line -> line.getLevel() + " " + line.getFormattedMessage())
        .toList();
  }

  @Override
  public FakeLoop loop() {
    return loop;
  }

  @Override
  public FakeCallouts callouts() {
    return callouts;
  }

  @Override
  public Upstreams upstreams() {
    throw new UnsupportedOperationException("there are no clusters");
  }

  @Override
  public RuntimeReader runtime() {
    return new RuntimeReader();
  }

  @Override
  public RandomGenerator random() {
    return new SplittableRandom(1);
  }

  @Override
  public HeadStores heads() {
    return heads;
  }

  @Override
  public void close() {
    logger.detachAppender(log);
    for (var worker : workers) {
      if (worker.heads.outstanding() != 0) {
        throw new AssertionError(worker.heads.outstanding() + " heads are not released");
      }
    }
  }
}

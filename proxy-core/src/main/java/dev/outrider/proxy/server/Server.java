package dev.outrider.proxy.server;

import dev.outrider.proxy.admin.AdminPages;
import dev.outrider.proxy.admin.AdminServer;
import dev.outrider.proxy.admin.ServerView.State;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.AdminConfig;
import dev.outrider.proxy.config.BootstrapConfig;
import dev.outrider.proxy.downstream.ChainCounts;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.xds.runtime.RuntimeFolder;
import dev.outrider.proxy.xds.stream.NodeMessage;
import io.netty.channel.Channel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A running proxy. Its public methods are for threads that are no loop: they block.
public final class Server implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("main");

  private static final long ADMIN_RETRY_MILLIS = 200;

  private final ServerOptions options;
  private final BootstrapConfig bootstrap;
  private final ServerParts parts;
  private final CountDownLatch live = new CountDownLatch(1);
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final AtomicBoolean stopping = new AtomicBoolean();
  private volatile State state =
      State.INITIALIZING; // written on the main loop and by the stopping thread
  private volatile @Nullable StatsFlush statsFlush; // written on the main loop at the start
  private volatile @Nullable Channel admin; // written once at the start
  private volatile @Nullable HostPort adminAddress; // with it

  private Server(ServerOptions options, BootstrapConfig bootstrap, ServerParts parts) {
    this.options = options;
    this.bootstrap = bootstrap;
    this.parts = parts;
  }

  /// Starts everything the bootstrap asks for and returns once static listeners are bound; dynamic
  /// configuration may still be on its way.
  ///
  /// @throws StartupException with every problem that was found; nothing runs then
  public static Server start(ServerOptions options) {
    var loaded = BootstrapLoader.load(options);
    var parts = ServerParts.build(options, loaded);
    var server = new Server(options, loaded.config(), parts);
    try {
      server.begin();
    } catch (RuntimeException failed) {
      server.closeAdmin();
      parts.close();
      throw failed;
    }
    return server;
  }

  /// Checks everything that a start would, Wasm modules started once included, without listening.
  ///
  /// @throws StartupException with every problem that was found
  public static void validate(ServerOptions options) {
    var loaded = BootstrapLoader.load(options);
    var parts = ServerParts.build(options, loaded);
    try {
      var problems =
          new ArrayList<>(
              onMainLoop(
                  parts,
                  () ->
                      parts
                          .extensions()
                          .load(loaded.config().extensions(), parts.mainLoop()::execute)));
      problems.addAll(onMainLoop(parts, () -> parts.configuration().check(loaded.config())));
      refuse(problems);
    } finally {
      parts.close();
    }
  }

  private void begin() {
    parts
        .stats()
        .register(parts.metrics(), options.concurrency(), options.restartEpoch(), this::state);
    refuse(
        onMainLoop(
            parts,
            () -> parts.extensions().load(bootstrap.extensions(), parts.mainLoop()::execute)));
    onMainLoop(parts, this::startRuntime);
    onMainLoop(parts, this::startStats);
    parts.mainLoop().execute(ResourcePressures.watch(parts, bootstrap.overload())::start);
    refuse(onMainLoop(parts, () -> parts.configuration().start(bootstrap)));
    onMainLoop(parts, () -> parts.publisher().allTaken());
    var unbound = onMainLoopNow(parts.publisher()::started);
    if (!unbound.isEmpty()) {
      throw new StartupException(unbound);
    }
    if (bootstrap.admin() != null) {
      openAdmin(bootstrap.admin());
    }
    parts.mainLoop().execute(this::onceInitialised);
  }

  /// What a worker does first may depend on it already.
  private CompletionStage<?> startRuntime() {
    var secrets = parts.secrets();
    return parts
        .runtime()
        .start()
        .thenCompose(
            _ -> RuntimeFolder.startAll(parts.runtime(), secrets.spec(), secrets.folders()));
  }

  private CompletionStage<?> startStats() {
    var flushing = bootstrap.statsFlushing();
    var node = NodeMessage.of(bootstrap.node()).toByteArray();
    return StatSinks.open(parts.loops().mainLoop(), parts.metrics(), flushing.sinks(), node)
        .thenAccept(
            sinks -> {
              var flush =
                  new StatsFlush(
                      parts.mainLoop(),
                      parts.metrics(),
                      flushing.everyMillis(),
                      () -> {
                        lookAtCertificates();
                        sinks.flush();
                      });
              flush.start();
              statsFlush = flush;
            });
  }

  /// Somebody is about to look at the statistics. On the main loop.
  void statsAsked() {
    lookAtCertificates();
    var flush = statsFlush;
    if (flush != null) {
      flush.asked();
    }
  }

  private void lookAtCertificates() {
    parts.stats().lookAtCertificates(parts.configuration().active());
  }

  private static void refuse(List<ConfigProblem> problems) {
    if (!problems.isEmpty()) {
      throw new StartupException(problems.stream().map(ConfigProblem::text).toList());
    }
  }

  private void openAdmin(AdminConfig config) {
    var pages =
        new AdminServer(
            new AdminPages(view(config), options.admin().readOnly()),
            ChainCounts.ofAdmin(parts.metrics()),
            parts.mainLoop().clock());
    try {
      onMainLoop(parts, () -> bindAdmin(config, pages));
    } catch (CompletionException refused) {
      var why = refused.getCause() == null ? refused : refused.getCause();
      if (options.restartEpoch() == 0) {
        throw new StartupException(
            List.of("admin cannot bind " + config.socket().address() + ": " + why.getMessage()));
      }
      LOG.warn(
          "admin has to wait for {} until the process before has gone", config.socket().address());
      parts.mainLoop().execute(() -> bindAdminLater(config, pages));
    }
  }

  private void bindAdminLater(AdminConfig config, AdminServer pages) {
    parts
        .mainLoop()
        .timers()
        .newTimer(
            () ->
                bindAdmin(config, pages)
                    .exceptionally(
                        _ -> {
                          bindAdminLater(config, pages);
                          return null;
                        }))
        .arm(ADMIN_RETRY_MILLIS);
  }

  /// On the main loop.
  private CompletionStage<?> bindAdmin(AdminConfig config, AdminServer pages) {
    return parts
        .loops()
        .mainLoop()
        .listen(
            config.socket(), pages.listenerCells(), channel -> channel.pipeline().addLast(pages))
        .thenAccept(
            bound -> {
              admin = bound;
              adminAddress = address(bound, config.socket().address());
              LOG.info("admin address: {}", adminAddress);
              var path = options.admin().addressPath();
              if (path != null) {
                writeAdminAddress(path);
              }
            });
  }

  private LiveServer view(AdminConfig config) {
    return new LiveServer(
        this,
        options,
        bootstrap,
        parts,
        new JvmProfiler(
            parts.mainLoop()::execute, parts.background(), Path.of(config.profilePath())));
  }

  /// The port may have been chosen by the system.
  private static HostPort address(Channel bound, HostPort asked) {
    return bound.localAddress() instanceof InetSocketAddress inet
        ? new HostPort(inet.getAddress().getHostAddress(), inet.getPort())
        : asked;
  }

  /// The file of its pipe goes with it.
  private void closeAdmin() {
    var open = admin;
    if (open != null) {
      open.close().awaitUninterruptibly();
    }
  }

  private void writeAdminAddress(Path path) {
    try {
      Files.writeString(path, String.valueOf(adminAddress()));
    } catch (IOException failed) {
      throw new StartupException(
          List.of("--admin-address-path " + path + ": cannot be written: " + failed));
    }
  }

  private void onceInitialised() {
    parts
        .configuration()
        .initialised()
        .thenCompose(_ -> parts.publisher().allTaken())
        .thenRun(
            () -> {
              if (state == State.INITIALIZING) {
                state = State.LIVE;
              }
              parts.extensions().start(parts.loops());
              parts.metrics().gauge("listener_manager.workers_started").set(1);
              parts
                  .metrics()
                  .histogram("server.initialization_time_ms")
                  .record(parts.stats().uptimeMillis());
              live.countDown();
              LOG.info(
                  "all clusters initialized. starting workers; live after {} ms",
                  parts.stats().uptimeMillis());
            });
  }

  /// Waits until everything the start waits for is there.
  public void awaitLive() {
    await(live);
  }

  /// Waits until the proxy has been told to stop and has stopped.
  public void awaitStopped() {
    await(stopped);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /// Any thread.
  State state() {
    return state == State.LIVE && parts.drain().healthCheckFailed() ? State.DRAINING : state;
  }

  /// Where the admin interface listens; null without one.
  public @Nullable HostPort adminAddress() {
    return adminAddress;
  }

  /// Where each listener is bound first, by name.
  public Map<String, HostPort> listenerAddresses() {
    return onMainLoopNow(
        () -> {
          var first = new HashMap<String, HostPort>();
          parts
              .publisher()
              .addresses()
              .forEach((name, addresses) -> first.put(name, addresses.getFirst()));
          return Map.copyOf(first);
        });
  }

  /// Why listeners are not bound, by name; empty if all are.
  public Map<String, String> listenerFailures() {
    return onMainLoopNow(() -> Map.copyOf(parts.publisher().failures()));
  }

  /// Has access logs and the log itself opened again by their names; happens soon. Any thread.
  public void reopenLogs() {
    LOG.warn("caught SIGUSR1. Reopening access logs.");
    parts.mainLoop().execute(new Loggers(parts.logs(), parts.background())::reopenFiles);
  }

  /// Starts the orderly end on a thread of its own; returns at once. Any thread.
  public void shutdownSoon() {
    Thread.ofPlatform().name("shutdown").start(this::close);
  }

  /// Takes no new connections, lets streams end for at most the drain time, then stops. Returns
  /// when all is over.
  @Override
  public void close() {
    if (!stopping.compareAndSet(false, true)) {
      awaitStopped();
      return;
    }
    state = State.DRAINING;
    LOG.info("draining for at most {} s", options.drain().time().toSeconds());
    try {
      onMainLoopNow(this::flushStats); // what goes with a listener is gone after the drain
      parts.loops().endSoon(options.drain().time()).toCompletableFuture().join();
      onMainLoopNow(
          () -> {
            parts.extensions().stop(parts.loops());
            return flushStats();
          });
    } finally {
      closeAdmin();
      parts.close();
      LOG.info("exiting");
      live.countDown();
      stopped.countDown();
    }
  }

  /// What came after the last interval is not lost to the sinks.
  private State flushStats() {
    var flush = statsFlush;
    if (flush != null) {
      flush.flush();
    }
    return state;
  }

  private <T> T onMainLoopNow(Callable<T> read) {
    return onMainLoop(parts, () -> CompletableFuture.completedFuture(read.call()));
  }

  /// Runs a task on the main loop and waits for what it promises.
  private static <T> T onMainLoop(
      ServerParts parts, Callable<? extends CompletionStage<? extends T>> task) {
    var result = new CompletableFuture<T>();
    parts
        .mainLoop()
        .execute(
            () -> {
              try {
                task.call()
                    .whenComplete(
                        (value, failure) -> {
                          if (failure == null) {
                            result.complete(value);
                          } else {
                            result.completeExceptionally(failure);
                          }
                        });
              } catch (Exception failure) { // a task of the control path: the caller gets it
                result.completeExceptionally(failure);
              }
            });
    return result.join();
  }
}

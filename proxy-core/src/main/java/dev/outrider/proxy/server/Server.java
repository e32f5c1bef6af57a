package dev.outrider.proxy.server;

import dev.outrider.proxy.admin.AdminPages;
import dev.outrider.proxy.admin.AdminServer;
import dev.outrider.proxy.admin.ServerView.State;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.AdminConfig;
import dev.outrider.proxy.config.BootstrapConfig;
import dev.outrider.proxy.downstream.ChainCounts;
import dev.outrider.proxy.extension.ConfigProblem;
import io.netty.channel.Channel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A running proxy. Its public methods are for threads that are no loop: they block.
public final class Server implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("main");

  private final ServerOptions options;
  private final BootstrapConfig bootstrap;
  private final ServerParts parts;
  private final CountDownLatch live = new CountDownLatch(1);
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final AtomicBoolean stopping = new AtomicBoolean();
  private volatile State state =
      State.INITIALIZING; // written on the main loop and by the stopping thread
  private volatile @Nullable Channel admin; // written once at the start

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
      refuse(
          onMainLoop(
              parts,
              () ->
                  parts
                      .extensions()
                      .load(loaded.config().extensions(), parts.mainLoop()::execute)));
      refuse(onMainLoop(parts, () -> parts.configuration().check(loaded.config())));
    } finally {
      parts.close();
    }
  }

  private void begin() {
    parts.stats().register(parts.metrics(), options.concurrency(), this::state);
    refuse(
        onMainLoop(
            parts,
            () -> parts.extensions().load(bootstrap.extensions(), parts.mainLoop()::execute)));
    refuse(onMainLoop(parts, () -> parts.configuration().start(bootstrap)));
    onMainLoop(parts, () -> parts.publisher().allTaken());
    var unbound = onMainLoopNow(parts.publisher()::started);
    if (!unbound.isEmpty()) {
      throw new StartupException(unbound);
    }
    if (bootstrap.admin() != null) {
      openAdmin(bootstrap.admin());
    }
    var statsFlush =
        new StatsFlush(parts.mainLoop(), parts.metrics(), bootstrap.statsFlushMillis());
    parts.mainLoop().execute(statsFlush::start);
    parts.mainLoop().execute(this::onceInitialised);
  }

  private static void refuse(List<ConfigProblem> problems) {
    if (!problems.isEmpty()) {
      throw new StartupException(problems.stream().map(ConfigProblem::text).toList());
    }
  }

  private void openAdmin(AdminConfig config) {
    var pages =
        new AdminServer(
            new AdminPages(new LiveServer(this, options, bootstrap, parts)),
            ChainCounts.ofAdmin(parts.metrics()),
            parts.mainLoop().clock());
    var bound =
        parts
            .loops()
            .mainLoop()
            .listen(config.address(), channel -> channel.pipeline().addLast(pages));
    bound.awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new StartupException(
          List.of("admin cannot bind " + config.address() + ": " + bound.cause().getMessage()));
    }
    admin = bound.channel();
    LOG.info("admin address: {}", adminAddress());
    var path = options.adminAddressPath();
    if (path != null) {
      writeAdminAddress(path);
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
    var channel = admin;
    return channel != null && channel.localAddress() instanceof InetSocketAddress address
        ? new HostPort(address.getAddress().getHostAddress(), address.getPort())
        : null;
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
      parts.loops().endSoon(options.drain().time()).toCompletableFuture().join();
      onMainLoopNow(
          () -> {
            parts.extensions().stop(parts.loops());
            return state;
          });
    } finally {
      parts.close();
      LOG.info("exiting");
      live.countDown();
      stopped.countDown();
    }
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

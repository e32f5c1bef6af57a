package dev.outrider.proxy.wasm;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.loop.Clock;
import dev.outrider.proxy.wasm.PluginSettings.Code;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The bytes of modules that are fetched (Envoy `core.v3.RemoteDataSource`): found in the
/// [ModuleCache], or fetched once for all who want them. Confined to the main loop, whose clusters
/// it fetches by.
final class RemoteCode {
  /// So long a fetch that failed is not repeated, as in Envoy.
  static final Duration FAILURE_LASTS = Duration.ofSeconds(10);

  private final Map<Source, CompletableFuture<Fetched>> underWay = new HashMap<>();
  private final Cache<Source, Fetched.Failed> failures;
  private final ModuleCache modules;
  private final RemoteCodeStats stats;
  private final Executor background;
  private final RandomGenerator random;

  /// What a fetch asks for, and where: that one place does not have it says nothing of another
  /// (Envoy remembers failures by the digest alone).
  private record Source(String cluster, String uri, String sha256) {
    static Source of(Code.Remote code) {
      return new Source(code.cluster(), code.uri(), code.sha256());
    }
  }

  /// What became of a fetch.
  sealed interface Fetched {
    @SuppressWarnings("ArrayRecordComponent") // moved, never compared
    record Bytes(byte[] wasm) implements Fetched {}

    /// Nobody gets the code now.
    ///
    /// @param why one sentence
    record Failed(String why) implements Fetched {}
  }

  /// @param background looks into files and computes digests
  /// @param random for the jitter of retries
  RemoteCode(
      ModuleCache modules,
      RemoteCodeStats stats,
      Clock clock,
      Executor background,
      RandomGenerator random) {
    this.modules = modules;
    this.stats = stats;
    this.background = background;
    this.random = random;
    this.failures =
        Caffeine.newBuilder()
            .expireAfterWrite(FAILURE_LASTS)
            .ticker(clock::nanoTime)
            .executor(Runnable::run)
            .build();
  }

  /// Completes on the main loop, after the last retry at the latest.
  ///
  /// @param main of the main loop, where this is called
  CompletionStage<Fetched> get(Code.Remote code, WorkerContext main) {
    main.loop().assertOnLoop();
    return CompletableFuture.supplyAsync(() -> found(code), background)
        .thenComposeAsync(
            found -> found == null ? missed(code, main) : hit(found), main.loop()::execute);
  }

  private Fetched.@Nullable Bytes found(Code.Remote code) {
    var wasm = modules.fetched(code.sha256());
    return wasm == null ? null : new Fetched.Bytes(wasm);
  }

  private CompletionStage<Fetched> hit(Fetched.Bytes found) {
    stats.cacheHits().inc();
    return CompletableFuture.completedFuture(found);
  }

  private CompletionStage<Fetched> missed(Code.Remote code, WorkerContext main) {
    var source = Source.of(code);
    var failed = failures.getIfPresent(source);
    if (failed != null) {
      stats.cacheNegativeHits().inc();
      return CompletableFuture.completedFuture(failed);
    }
    stats.cacheMisses().inc();
    var fetch = underWay.get(source);
    if (fetch == null) {
      fetch = new CompletableFuture<>();
      underWay.put(source, fetch);
      new CodeFetch(code, main, background, random, outcome -> concluded(code, outcome)).start();
    }
    return code.refusedOnMiss()
        ? CompletableFuture.completedFuture(
            new Fetched.Failed(
                "its code is not here yet (nack_on_code_cache_miss); it is being fetched from "
                    + code.uri()))
        : fetch;
  }

  private void concluded(Code.Remote code, Fetched outcome) {
    switch (outcome) {
      case Fetched.Bytes _ -> stats.fetchSuccesses().inc();
      case Fetched.Failed failed -> {
        stats.fetchFailures().inc();
        failures.put(Source.of(code), failed);
        GuestLogSink.LOG.warn("wasm code {}: {}", code.uri(), failed.why());
      }
    }
    var fetch = underWay.remove(Source.of(code));
    if (outcome instanceof Fetched.Bytes(var wasm)) {
      background.execute(
          () -> {
            try {
              modules.keep(code.sha256(), wasm);
              stats.cacheEntries().set(modules.fetchedModules());
            } finally {
              complete(fetch, outcome);
            }
          });
    } else {
      complete(fetch, outcome);
    }
  }

  private static void complete(@Nullable CompletableFuture<Fetched> fetch, Fetched outcome) {
    if (fetch != null) {
      fetch.complete(outcome);
    }
  }
}

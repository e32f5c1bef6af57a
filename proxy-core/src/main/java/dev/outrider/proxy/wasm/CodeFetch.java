package dev.outrider.proxy.wasm;

import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.upstream.CalloutSink;
import dev.outrider.proxy.upstream.CalloutSpec;
import dev.outrider.proxy.wasm.PluginSettings.Code;
import dev.outrider.proxy.wasm.RemoteCode.Fetched;
import dev.outrider.proxywasm.ModuleOptions;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// One module fetched, with its retries (Envoy's `RemoteAsyncDataProvider`): whatever is not a 200
/// with the bytes of that digest is tried again after a jittered, doubling back-off. Confined to
/// the main loop.
final class CodeFetch implements CalloutSink {
  /// How often is looked for a cluster that is not there yet.
  private static final long CLUSTER_WAIT_MILLIS = 50;

  private static final int OK = 200;

  private final Code.Remote code;
  private final WorkerContext main;
  private final Executor background;
  private final RandomGenerator random;
  private final Consumer<Fetched> outcome;
  private final Timer timer;
  private long clusterAwaitedMillis;
  private long nextBackOffMillis;
  private int failed;

  /// @param background computes the digest
  /// @param outcome told once, on the main loop, never from inside [#start]
  CodeFetch(
      Code.Remote code,
      WorkerContext main,
      Executor background,
      RandomGenerator random,
      Consumer<Fetched> outcome) {
    this.code = code;
    this.main = main;
    this.background = background;
    this.random = random;
    this.outcome = outcome;
    this.timer = main.loop().timers().newTimer(this::attempt);
    this.nextBackOffMillis = code.retry().baseMillis();
  }

  void start() {
    main.loop().execute(this::attempt);
  }

  /// A cluster that is to come may take as long as an answer.
  private void attempt() {
    if (main.callouts().knows(code.cluster())) {
      send();
    } else if (clusterAwaitedMillis < code.timeoutMillis()) {
      clusterAwaitedMillis += CLUSTER_WAIT_MILLIS;
      timer.arm(CLUSTER_WAIT_MILLIS);
    } else {
      failed("cluster '" + code.cluster() + "' is not defined");
    }
  }

  private void send() {
    clusterAwaitedMillis = 0;
    var head = main.heads().take(HeadKind.REQUEST);
    head.set(HeaderNames.METHOD, "GET");
    head.set(HeaderNames.PATH, code.path());
    head.set(HeaderNames.AUTHORITY, code.host());
    var spec =
        new CalloutSpec(
            code.cluster(),
            head,
            new byte[0],
            null,
            code.timeoutMillis(),
            ModuleOptions.DEFAULT.maxModuleBytes());
    if (main.callouts().call(spec, this) == null) {
      failed("cluster '" + code.cluster() + "' is not defined");
    }
  }

  @Override
  public void onAnswer(HeaderMap head, BodyBuffer body, @Nullable HeaderMap trailers) {
    if (head.status() != OK) {
      failed("cluster '" + code.cluster() + "' answered with status " + head.status());
    } else if (body.isEmpty()) {
      failed("the answer is empty");
    } else {
      var wasm = new byte[body.length()];
      body.getBytes(0, wasm.length, wasm, 0);
      background.execute(
          () -> {
            var digest = ModuleCache.digest(wasm);
            main.loop().execute(() -> judge(wasm, digest));
          });
    }
  }

  private void judge(byte[] wasm, String digest) {
    if (digest.equals(code.sha256())) {
      outcome.accept(new Fetched.Bytes(wasm));
    } else {
      failed("SHA-256 is " + digest + ", expected " + code.sha256());
    }
  }

  @Override
  public void onFailure(ResetReason why) {
    failed(
        "the answer broke off or is larger than %d bytes (%s)"
            .formatted(ModuleOptions.DEFAULT.maxModuleBytes(), why));
  }

  private void failed(String why) {
    failed++;
    if (failed > code.retry().times()) {
      outcome.accept(
          new Fetched.Failed(
              "its code cannot be fetched from %s (%d attempts): %s"
                  .formatted(code.uri(), failed, why)));
      return;
    }
    clusterAwaitedMillis = 0;
    long backOff = nextBackOffMillis;
    nextBackOffMillis = Math.min(2 * backOff, code.retry().maxMillis());
    timer.arm(random.nextLong(backOff));
  }
}

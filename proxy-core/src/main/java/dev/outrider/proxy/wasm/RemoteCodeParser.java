package dev.outrider.proxy.wasm;

import com.google.protobuf.Duration;
import dev.outrider.proxy.wasm.PluginSettings.Code;
import dev.outrider.proxy.wasm.PluginSettings.Retry;
import io.envoyproxy.envoy.config.core.v3.RemoteDataSource;
import io.envoyproxy.envoy.config.core.v3.RetryPolicy;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;

/// Checks `code.remote` (Envoy `core.v3.RemoteDataSource`).
final class RemoteCodeParser {
  private static final String FIELD = "config.vm_config.code.remote";
  private static final String BACK_OFF = FIELD + ".retry_policy.retry_back_off";
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final int INTERVALS = 10;

  private final BiConsumer<String, String> problems;

  private RemoteCodeParser(BiConsumer<String, String> problems) {
    this.problems = problems;
  }

  /// @param problems takes the field and what is wrong with it
  static Code parse(
      RemoteDataSource source, boolean refusedOnMiss, BiConsumer<String, String> problems) {
    var parser = new RemoteCodeParser(problems);
    var uri = source.getHttpUri();
    if (!SHA256.matcher(source.getSha256()).matches()) {
      problems.accept(
          FIELD + ".sha256",
          "'" + source.getSha256() + "' is not a SHA-256 in 64 lower-case hex digits");
    }
    // As Envoy takes it apart: what is before `://` says nothing, the cluster decides.
    int scheme = uri.getUri().indexOf("://");
    var rest = scheme < 0 ? uri.getUri() : uri.getUri().substring(scheme + 3);
    int slash = rest.indexOf('/');
    return new Code.Remote(
        uri.getCluster(),
        uri.getUri(),
        slash < 0 ? rest : rest.substring(0, slash),
        slash < 0 ? "/" : rest.substring(slash),
        Math.max(1, millis(uri.getTimeout())),
        source.getSha256(),
        source.hasRetryPolicy() ? parser.retry(source.getRetryPolicy()) : Retry.DEFAULT,
        refusedOnMiss);
  }

  private Retry retry(RetryPolicy policy) {
    if (!policy.getRetryOn().isEmpty()
        || policy.hasRetryPriority()
        || policy.getRetryHostPredicateCount() > 0
        || policy.getHostSelectionRetryMaxAttempts() != 0) {
      problems.accept(
          FIELD + ".retry_policy",
          "only num_retries and retry_back_off can be set: every failure is tried again");
    }
    long times =
        policy.hasNumRetries()
            ? Integer.toUnsignedLong(policy.getNumRetries().getValue())
            : Retry.DEFAULT.times();
    if (!policy.hasRetryBackOff()) {
      return new Retry(times, Retry.DEFAULT.baseMillis(), Retry.DEFAULT.maxMillis());
    }
    var backOff = policy.getRetryBackOff();
    long base = Math.max(1, millis(backOff.getBaseInterval()));
    long max = backOff.hasMaxInterval() ? millis(backOff.getMaxInterval()) : INTERVALS * base;
    if (max < base) {
      problems.accept(
          BACK_OFF + ".max_interval", "must be greater than or equal to the base_interval");
    }
    return new Retry(times, base, max);
  }

  private static long millis(Duration duration) {
    return duration.getSeconds() * 1000 + duration.getNanos() / 1_000_000;
  }
}

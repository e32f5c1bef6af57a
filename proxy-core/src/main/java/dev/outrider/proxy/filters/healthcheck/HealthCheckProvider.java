package dev.outrider.proxy.filters.healthcheck;

import com.google.protobuf.Any;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.FilterProvider;
import dev.outrider.proxy.extension.MatcherReader;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.filter.WorkerFilterFactory;
import dev.outrider.proxy.routing.HeaderTest;
import io.envoyproxy.envoy.extensions.filters.http.health_check.v3.HealthCheck;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Makes health check filters from `filters.http.health_check.v3.HealthCheck`. Main loop only.
public final class HealthCheckProvider implements FilterProvider {
  private static final String TYPE = "envoy.extensions.filters.http.health_check.v3.HealthCheck";

  private final String localCluster;

  /// @param localCluster that this proxy belongs to
  public HealthCheckProvider(String localCluster) {
    this.localCluster = localCluster;
  }

  @Override
  public Set<String> typeUrls() {
    return Set.of(TYPE);
  }

  @Override
  public CompletionStage<Parsed<HttpFilterFactory>> parse(Any config, ParseContext context) {
    return CompletableFuture.completedFuture(
        context.unpack(config, HealthCheck.parser()).then(message -> factory(message, context)));
  }

  private Parsed<HttpFilterFactory> factory(HealthCheck message, ParseContext context) {
    var problems = new ArrayList<ConfigProblem>();
    boolean passThrough = message.getPassThroughMode().getValue();
    long cacheNanos =
        message.getCacheTime().getSeconds() * 1_000_000_000 + message.getCacheTime().getNanos();
    if (!passThrough && cacheNanos > 0) {
      problems.add(
          context.problem(
              "cache_time", "cache_time_ms must not be set when path_through_mode is disabled"));
    }
    var spec =
        new HealthCheckSpec(
            passThrough,
            cacheNanos > 0 ? new AnswerCache(cacheNanos) : null,
            leastFit(message),
            headers(message, context, problems),
            localCluster);
    return problems.isEmpty() ? Parsed.valid(new Factory(spec)) : new Parsed.Invalid<>(problems);
  }

  /// Percents without their fraction, as in Envoy.
  private static Map<String, Integer> leastFit(HealthCheck message) {
    var percents = new LinkedHashMap<String, Integer>();
    message
        .getClusterMinHealthyPercentagesMap()
        .forEach((cluster, percent) -> percents.put(cluster, (int) percent.getValue()));
    return percents;
  }

  private static List<HeaderTest> headers(
      HealthCheck message, ParseContext context, List<ConfigProblem> problems) {
    var headers = new ArrayList<HeaderTest>();
    for (int i = 0; i < message.getHeadersCount(); i++) {
      var place = "headers[" + i + "]";
      headers.add(
          new HeaderTest(
              MatcherReader.header(
                  message.getHeaders(i),
                  (field, text) ->
                      problems.add(
                          context.problem(field.isEmpty() ? place : place + "." + field, text)))));
    }
    return headers;
  }

  private record Factory(HealthCheckSpec spec) implements HttpFilterFactory {
    @Override
    public WorkerFilterFactory forWorker(WorkerContext worker) {
      return stream -> new HealthCheckFilter(spec, worker, stream);
    }
  }
}

package dev.outrider.proxy.filters.healthcheck;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.TextFormat;
import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.SharedClusters;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.filter.FakeStream;
import dev.outrider.proxy.filter.HeadStatus;
import dev.outrider.proxy.filter.HttpFilter;
import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.loop.FakeClock;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.runtime.RuntimeReader;
import dev.outrider.proxy.stream.ResponseFlag;
import dev.outrider.proxy.upstream.CalloutClient;
import dev.outrider.proxy.upstream.Upstreams;
import io.envoyproxy.envoy.extensions.filters.http.health_check.v3.HealthCheck;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/// Fields of the message: pass_through_mode, cache_time, cluster_min_healthy_percentages, headers.
class HealthCheckFilterTest {
  private static final String HERE =
      "pass_through_mode { value: false } headers { name: ':path' string_match { exact: '/healthz'"
          + " } }";
  private static final String THROUGH =
      "pass_through_mode { value: true } headers { name: ':path' string_match { exact: '/healthz' }"
          + " }";

  private final FakeClock clock = new FakeClock();
  private final FakeLoop loop = new FakeLoop(0, clock);
  private final HeadStores heads = new HeadStores();
  private final MetricRegistry registry = new MetricRegistry(1);
  private final SharedClusters shared = new SharedClusters(registry);
  private final Upstreams upstreams =
      new Upstreams(
          loop,
          (address, handler, limit) -> {
            throw new AssertionError("nobody is connected to");
          },
          heads,
          shared,
          new SplittableRandom(1));
  private final Worker worker = new Worker();
  private FakeStream stream = new FakeStream(loop);

  @Test
  void answersACheckByItself() {
    var filter = filter(HERE);

    assertThat(filter.onRequestHead(request("/healthz"), true)).isEqualTo(HeadStatus.HOLD_HEAD);

    assertThat(answer()).isEqualTo("200 health_check_ok");
    assertThat(stream.info().healthCheck()).isTrue();
    var head = response(200);
    filter.onResponseHead(head, true);
    assertThat(text(head, "x-envoy-upstream-healthchecked-cluster")).isEqualTo("web");
  }

  @Test
  void leavesOtherRequestsAlone() {
    var filter = filter(HERE);

    assertThat(filter.onRequestHead(request("/other"), true)).isEqualTo(HeadStatus.CONTINUE);
    var head = response(200);
    filter.onResponseHead(head, true);

    assertThat(stream.reply()).isNull();
    assertThat(stream.info().healthCheck()).isFalse();
    assertThat(text(head, "x-envoy-upstream-healthchecked-cluster")).isEmpty();
    assertThat(text(head, "x-envoy-immediate-health-check-fail")).isEmpty();
  }

  @Test
  void failsChecksAndMarksOtherAnswersWhenToldTo() {
    worker.failed = true;

    filter(THROUGH).onRequestHead(request("/healthz"), true);
    assertThat(answer()).isEqualTo("503 health_check_failed LH");

    stream = new FakeStream(loop);
    var other = filter(THROUGH);
    other.onRequestHead(request("/other"), true);
    var head = response(200);
    other.onResponseHead(head, true);
    assertThat(text(head, "x-envoy-immediate-health-check-fail")).isEqualTo("true");
  }

  @Test
  void takesTheRequestToItsEndFirst() {
    var filter = filter(HERE);
    filter.onRequestHead(request("/healthz"), false);
    assertThat(stream.reply()).isNull();

    filter.onRequestTrailers(heads.take(HeadKind.TRAILERS));

    assertThat(answer()).isEqualTo("200 health_check_ok");
  }

  @Test
  void keepsTheServicesAnswerUntilThePieceOfTimeEnds() {
    var factory = factory(THROUGH + " cache_time { seconds: 10 }");
    var first = filter(factory);
    assertThat(first.onRequestHead(request("/healthz"), true)).isEqualTo(HeadStatus.CONTINUE);
    var head = response(503);
    head.set(HeaderName.of("x-envoy-degraded"), "");
    first.onResponseHead(head, true);

    assertThat(filter(factory).onRequestHead(request("/healthz"), true))
        .isEqualTo(HeadStatus.HOLD_HEAD);
    assertThat(answer()).isEqualTo("503 health_check_cached LH");
    assertThat(Objects.requireNonNull(stream.reply()).headers())
        .extracting(field -> field.name().toString())
        .containsExactly("x-envoy-degraded");

    stream = new FakeStream(loop);
    clock.advance(Duration.ofSeconds(10));
    assertThat(filter(factory).onRequestHead(request("/healthz"), true))
        .isEqualTo(HeadStatus.CONTINUE);
  }

  @Test
  void wantsSoManyEndpointsOfEachClusterToBeFit() {
    cluster("full", 2);
    cluster("empty", 0);

    assertThat(checked("full", 100)).isEqualTo("200 health_check_ok_cluster_healthy");
    assertThat(checked("full", 101)).isEqualTo("503 health_check_failed_cluster_unhealthy LH");
    assertThat(checked("empty", 0.9)).isEqualTo("200 health_check_ok_cluster_healthy");
    assertThat(checked("empty", 1)).isEqualTo("503 health_check_failed_cluster_empty LH");
    assertThat(checked("missing", 0)).isEqualTo("503 health_check_failed_no_cluster_found LH");
  }

  @Test
  void refusesACacheWithoutAServiceThatAnswers() {
    assertThat(parse(HERE + " cache_time { seconds: 1 }").problems())
        .extracting(ConfigProblem::text)
        .containsExactly(
            "listener 'l': typed_config.cache_time: cache_time_ms must not be set when"
                + " path_through_mode is disabled");
  }

  private String checked(String cluster, double percent) {
    stream = new FakeStream(loop);
    filter(
            ("pass_through_mode { value: false } cluster_min_healthy_percentages { key: '%s' value"
                    + " { value: %s } }")
                .formatted(cluster, percent))
        .onRequestHead(request("/any"), true);
    return answer();
  }

  private void cluster(String name, int endpoints) {
    var cluster = Cluster.withDefaults(name, new Discovery.Static(new Assignment(name, List.of())));
    shared.added(cluster);
    upstreams.put(cluster);
    var specs = new ArrayList<EndpointSpec>();
    for (int i = 0; i < endpoints; i++) {
      specs.add(new EndpointSpec(new HostPort("10.0.0." + (i + 1), 80)));
    }
    upstreams.put(EndpointSet.next(null, name, new Assignment(name, specs), 1));
  }

  /// Status, details, flags.
  private String answer() {
    var reply = Objects.requireNonNull(stream.reply());
    var flags = stream.info().flags();
    return reply.status()
        + " "
        + reply.details()
        + (flags.has(ResponseFlag.FAILED_LOCAL_HEALTH_CHECK) ? " LH" : "");
  }

  private HeaderMap request(String path) {
    var head = heads.take(HeadKind.REQUEST);
    head.set(HeaderNames.PATH, path);
    return head;
  }

  private HeaderMap response(int status) {
    var head = heads.take(HeadKind.RESPONSE);
    head.set(HeaderNames.STATUS, Integer.toString(status));
    return head;
  }

  private static String text(HeaderMap head, String name) {
    var value = head.get(HeaderName.of(name));
    return value == null ? "" : value;
  }

  private HttpFilter filter(String text) {
    return filter(factory(text));
  }

  private HttpFilter filter(HttpFilterFactory factory) {
    return Objects.requireNonNull(factory.forWorker(worker).create(stream));
  }

  private HttpFilterFactory factory(String text) {
    return switch (parse(text)) {
      case Parsed.Valid<HttpFilterFactory>(var factory) -> factory;
      case Parsed.Invalid<HttpFilterFactory>(var problems) -> throw new AssertionError(problems);
    };
  }

  private static Parsed<HttpFilterFactory> parse(String text) {
    try {
      return new HealthCheckProvider("web")
          .parse(
              Any.pack(TextFormat.parse(text, HealthCheck.class)),
              new ParseContext("listener 'l'", "typed_config", "check"))
          .toCompletableFuture()
          .join();
    } catch (TextFormat.ParseException e) {
      throw new AssertionError(text, e);
    }
  }

  private final class Worker implements WorkerContext {
    boolean failed;

    @Override
    public Loop loop() {
      return loop;
    }

    @Override
    public boolean healthCheckFailed() {
      return failed;
    }

    @Override
    public CalloutClient callouts() {
      throw new AssertionError("nobody is called");
    }

    @Override
    public Upstreams upstreams() {
      return upstreams;
    }

    @Override
    public RandomGenerator random() {
      return new SplittableRandom(1);
    }

    @Override
    public RuntimeReader runtime() {
      throw new AssertionError("the runtime is not asked");
    }

    @Override
    public HeadStores heads() {
      return heads;
    }
  }
}

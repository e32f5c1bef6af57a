package dev.outrider.proxy.overload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.overload.OverloadSpec.Action;
import dev.outrider.proxy.overload.OverloadSpec.Resource;
import dev.outrider.proxy.overload.OverloadSpec.Shedding;
import dev.outrider.proxy.overload.OverloadSpec.Trigger;
import dev.outrider.proxy.overload.TimeoutScaling.Least;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OverloadWatchTest {
  private static final Map<ScaledTimeout, Least> LEASTS =
      Map.of(ScaledTimeout.HTTP_DOWNSTREAM_CONNECTION_IDLE, new Least.Millis(10));
  private static final OverloadSpec SPEC =
      new OverloadSpec(
          1_000,
          List.of(
              new Resource.Heap("heap", 1),
              new Resource.File("file", ""),
              new Resource.File("timers", ""),
              new Resource.File("shed", "")),
          List.of(
              new Action(
                  OverloadAction.STOP_ACCEPTING_REQUESTS,
                  List.of(new Trigger.Threshold("heap", 0.9), new Trigger.Threshold("file", 0.5))),
              new Action(
                  OverloadAction.DISABLE_HTTP_KEEPALIVE,
                  List.of(new Trigger.Scaled("heap", 0.2, 0.6))),
              new Action(
                  OverloadAction.REDUCE_TIMEOUTS,
                  List.of(new Trigger.Scaled("timers", 0.5, 1)),
                  LEASTS)),
          List.of(
              new Shedding(
                  LoadShedPoint.TCP_LISTENER_ACCEPT, List.of(new Trigger.Scaled("shed", 0.5, 1)))));

  private final FakeLoop loop = new FakeLoop();
  private final MetricRegistry registry = new MetricRegistry(1);
  private final Map<String, CompletableFuture<Double>> pressures = new HashMap<>();
  private final List<OverloadState> published = new ArrayList<>();

  @BeforeEach
  void start() {
    measure("heap", 0);
    measure("file", 0);
    measure("timers", 0);
    measure("shed", 0);
    new OverloadWatch(
            loop,
            registry,
            SPEC,
            resource -> Objects.requireNonNull(pressures.get(resource.name())),
            published::add)
        .start();
  }

  private void measure(String resource, double pressure) {
    pressures.put(resource, CompletableFuture.completedFuture(pressure));
  }

  private void look() {
    loop.advance(Duration.ofMillis(1_100));
    loop.runTasks();
  }

  private long gauge(String name) {
    return registry.gauge("overload." + name).value();
  }

  private long counter(String name) {
    return registry.counter("overload." + name).value();
  }

  @Test
  void publishesWhatChanges() {
    look();
    assertThat(published).isEmpty();

    measure("heap", 0.9);
    look();
    look();
    assertThat(published).containsExactly(new OverloadState(1, 1, 0, 0));

    measure("heap", 0.1);
    look();
    assertThat(published).last().isEqualTo(OverloadState.NONE);
  }

  @Test
  void scalesAnActionBetweenItsThresholds() {
    measure("heap", 0.3);
    look();

    assertThat(published.getFirst().endKeepAlive()).isBetween(0.249, 0.251);
    assertThat(gauge("envoy.overload_actions.disable_http_keepalive.active")).isZero();
    assertThat(gauge("heap.pressure")).isEqualTo(30);
  }

  @Test
  void takesTheHighestOfTheTriggers() {
    measure("file", 0.5);
    look();

    assertThat(published).containsExactly(new OverloadState(1, 0, 0, 0));
    assertThat(gauge("envoy.overload_actions.stop_accepting_requests.active")).isEqualTo(1);
    assertThat(gauge("envoy.overload_actions.stop_accepting_requests.scale_percent"))
        .isEqualTo(100);
  }

  @Test
  void keepsWhatItKnowsWhereAResourceCannotBeMeasured() {
    measure("heap", 0.95);
    look();
    pressures.put("heap", CompletableFuture.failedFuture(new IllegalStateException("gone")));
    look();
    look();

    assertThat(published).containsExactly(new OverloadState(1, 1, 0, 0));
    assertThat(counter("heap.failed_updates")).isEqualTo(2);
    assertThat(gauge("heap.pressure")).isEqualTo(95);
  }

  @Test
  void doesNotAskAgainBeforeItHasAnAnswer() {
    var slow = new CompletableFuture<Double>();
    pressures.put("file", slow);
    look();
    look();
    look();
    assertThat(counter("file.skipped_updates")).isEqualTo(2);

    slow.complete(1.0);
    loop.runTasks();
    assertThat(published).containsExactly(new OverloadState(1, 0, 0, 0));
  }

  @Test
  void shortensTimeoutsByHowMuchIsAskedFor() {
    measure("timers", 0.75);
    look();

    assertThat(published.getLast().timeouts()).isEqualTo(new TimeoutScaling(0.5, LEASTS));
    measure("timers", 0.4);
    look();
    assertThat(published.getLast()).isEqualTo(OverloadState.NONE);
  }

  @Test
  void shortensTimeoutsByWholePercent() {
    measure("timers", 0.7501);
    look();
    measure("timers", 0.7532);
    look();
    measure("timers", 0.7549);
    look();

    assertThat(published).hasSize(1);
    assertThat(published.getLast().timeouts().pressure()).isEqualTo(0.5);
    measure("timers", 0.5049);
    look();
    assertThat(published.getLast()).as("less than a percent").isEqualTo(OverloadState.NONE);
  }

  @Test
  void countsWhatIsShed() {
    var reader = new OverloadReader(new Random(1));
    measure("shed", 1);
    look();
    reader.take(published.getLast());

    assertThat(reader.sheds(LoadShedPoint.TCP_LISTENER_ACCEPT)).isTrue();
    assertThat(reader.sheds(LoadShedPoint.HTTP1_SERVER_ABORT_DISPATCH)).isFalse();
    var point = "envoy.load_shed_points.tcp_listener_accept";
    assertThat(gauge(point + ".scale_percent")).isEqualTo(100);
    assertThat(counter(point + ".shed_load_count")).isEqualTo(1);

    measure("shed", 0);
    look();
    reader.take(published.getLast());
    assertThat(reader.sheds(LoadShedPoint.TCP_LISTENER_ACCEPT)).isFalse();
    assertThat(gauge(point + ".scale_percent")).isZero();
  }

  @Test
  void shedsTheShareThatIsAskedFor() {
    var reader = new OverloadReader(new Random(1));
    measure("shed", 0.75);
    look();
    reader.take(published.getLast());

    var shed = 0;
    for (var i = 0; i < 200; i++) {
      shed += reader.sheds(LoadShedPoint.TCP_LISTENER_ACCEPT) ? 1 : 0;
    }
    assertThat(shed).isBetween(60, 140);
  }

  @Test
  void recordsHowLongItIsBetweenTwoLooks() {
    look();
    look();

    var delay = registry.histogram("overload.refresh_interval_delay").snapshot();
    assertThat(delay.count()).isEqualTo(2);
    assertThat(delay.quantile(50)).isBetween(1_000.0, 1_200.0);
  }

  @Test
  void namesPointsAsEnvoyDoes() {
    for (var point : LoadShedPoint.values()) {
      assertThat(LoadShedPoint.of(point.envoyName())).isEqualTo(point);
    }
    assertThat(LoadShedPoint.of("envoy.load_shed_points.nonsense")).isNull();
  }

  @Test
  void namesActionsAsEnvoyDoes() {
    for (var action : OverloadAction.values()) {
      assertThat(OverloadAction.of(action.envoyName())).isEqualTo(action);
    }
    assertThat(OverloadAction.STOP_ACCEPTING_CONNECTIONS.envoyName())
        .isEqualTo("envoy.overload_actions.stop_accepting_connections");
    assertThat(OverloadAction.of("envoy.overload_actions.shrink_heap")).isNull();
  }
}

package dev.outrider.proxy.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.loop.FakeClock;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LayeredRuntimeTest {
  private final MetricRegistry registry = new MetricRegistry(1);
  private final List<RuntimeSnapshot> published = new ArrayList<>();

  private LayeredRuntime runtime(RuntimeLayerSpec... specs) {
    return new LayeredRuntime(
        new FakeLoop(0, new FakeClock()),
        registry,
        List.of(specs),
        snapshot -> {
          published.add(snapshot);
          return CompletableFuture.completedFuture(null);
        });
  }

  private Map<String, Long> stats() {
    return registry.snapshot().stream()
        .map(StatValue.Scalar.class::cast)
        .collect(
            Collectors.toMap(
                stat -> stat.name().substring("runtime.".length()), StatValue.Scalar::value));
  }

  private List<String> layers() {
    return published.getLast().layers().stream().map(RuntimeLayer::name).toList();
  }

  @Test
  void takesWhatAnOperatorSaysAndTakesBack() {
    var runtime =
        runtime(
            new RuntimeLayerSpec.Fixed("base", Map.of("a", RuntimeValue.of(3))),
            new RuntimeLayerSpec.Admin("op"));
    runtime.start();

    assertThat(runtime.merge(Map.of("a", "7", "q", "hello"))).isCompleted();
    assertThat(published.getLast().integer("a", 0)).isEqualTo(7);
    assertThat(stats()).containsEntry("admin_overrides_active", 1L).containsEntry("num_keys", 2L);

    runtime.merge(Map.of("a", "", "q", ""));
    assertThat(published.getLast().integer("a", 0)).isEqualTo(3);
    assertThat(published).hasSize(3).doesNotHaveDuplicates();
    assertThat(stats()).containsEntry("admin_overrides_active", 0L).containsEntry("num_keys", 1L);
  }

  @Test
  void thereIsALayerForTheOperatorIfNoneIsConfigured() {
    var runtime = runtime();
    runtime.start();
    assertThat(layers()).containsExactly("");

    runtime.merge(Map.of("a", "1"));
    assertThat(published.getLast().integer("a", 0)).isEqualTo(1);
  }

  @Test
  void hasNoPlaceForAnOperatorInOtherLayers() {
    assertThat(runtime(new RuntimeLayerSpec.Fixed("base", Map.of())).merge(Map.of("a", "1")))
        .isNull();
    assertThat(published).isEmpty();
  }

  @Test
  void leavesOutFoldersThatAreNotThereOrCannotBeRead() {
    var runtime =
        runtime(
            new RuntimeLayerSpec.Disk("one", "r", "r/s"),
            new RuntimeLayerSpec.Admin("op"),
            new RuntimeLayerSpec.Disk("two", "r", "r/t"));
    runtime.start();
    assertThat(layers()).containsExactly("op");

    runtime.replace("two", Map.of("a", RuntimeValue.of(1)));
    assertThat(layers()).containsExactly("op", "two");
    assertThat(stats()).containsEntry("override_dir_not_exists", 2L);

    runtime.replace("one", Map.of());
    assertThat(layers()).containsExactly("one", "op", "two");
    assertThat(stats())
        .containsEntry("override_dir_exists", 1L)
        .containsEntry("num_layers", 3L)
        .containsEntry("load_success", 3L);

    runtime.broken("two");
    assertThat(layers()).containsExactly("one", "op");
    assertThat(stats()).containsEntry("load_error", 1L);
  }

  @ParameterizedTest
  @CsvSource({
    "upstream.healthy_panic_threshold, true",
    "envoy.reloadable_features.x, true",
    "envoy.resource_limits.listener.a.b.connection_limit, false",
    "overload.global_downstream_max_connections, false",
    "routing.canary, false"
  })
  void namesKeysOfEnvoyThatMeanNothingHere(String key, boolean named) {
    assertThat(UnreadKeys.isUnread(key)).isEqualTo(named);
  }
}

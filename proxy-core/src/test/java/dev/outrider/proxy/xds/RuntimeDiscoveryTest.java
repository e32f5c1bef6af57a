package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ListValue;
import com.google.protobuf.Message;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.runtime.RuntimeLayerSpec;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.stream.AdsTransport;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.config.bootstrap.v3.RuntimeLayer;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource.ApiType;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.service.runtime.v3.Runtime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Layers of the runtime that a control plane brings.
class RuntimeDiscoveryTest {
  private final Proxy proxy = new Proxy(List.of(new RuntimeLayerSpec.Rtds("layer", "res", 15_000)));
  private final FakeControlPlane plane = proxy.controlPlane;

  private static Runtime layer(String name, String key, double value) {
    return Runtime.newBuilder()
        .setName(name)
        .setLayer(
            Struct.newBuilder().putFields(key, Value.newBuilder().setNumberValue(value).build()))
        .build();
  }

  private long value(String key) {
    return proxy.snapshots.getLast().integer(key, -1);
  }

  @Test
  void comesBeforeClustersAreAskedFor() {
    proxy.start(Proxy.dynamicBootstrap());
    var request = plane.request(ResourceKind.RUNTIME);
    assertThat(request.getResourceNamesList()).containsExactly("res");
    plane.expectSilence();

    plane.respond(ResourceKind.RUNTIME, "7", layer("res", "a", 5));

    assertThat(value("a")).isEqualTo(5);
    plane.request(ResourceKind.CLUSTER); // first, as Envoy does
    var ack = plane.request(ResourceKind.RUNTIME);
    assertThat(ack.getVersionInfo()).isEqualTo("7");
    assertThat(ack.hasErrorDetail()).isFalse();
    assertThat(proxy.stat("runtime.update_success")).isEqualTo(1);
  }

  @Test
  void isNotWaitedForForEver() {
    proxy.start(Proxy.dynamicBootstrap());
    plane.request(ResourceKind.RUNTIME);

    proxy.advance(Duration.ofMillis(15_100));

    plane.request(ResourceKind.CLUSTER);
    assertThat(proxy.stat("runtime.init_fetch_timeout")).isEqualTo(1);
  }

  @Test
  void aRefusedOneLeavesTheLayerAsItWas() {
    proxy.start(Proxy.dynamicBootstrap());
    plane.respond(ResourceKind.RUNTIME, "1", layer("res", "a", 5));
    plane.request(ResourceKind.RUNTIME);
    plane.request(ResourceKind.CLUSTER);
    plane.request(ResourceKind.RUNTIME);
    var list = Value.newBuilder().setListValue(ListValue.getDefaultInstance()).build();
    var bad =
        Runtime.newBuilder().setName("res").setLayer(Struct.newBuilder().putFields("b.c", list));

    plane.respond(ResourceKind.RUNTIME, "2", bad.build());

    var nack = plane.request(ResourceKind.RUNTIME);
    assertThat(nack.getVersionInfo()).isEqualTo("1");
    assertThat(nack.getErrorDetail().getMessage())
        .isEqualTo("runtime layer 'res': layer: Invalid runtime entry value for b.c");
    assertThat(value("a")).isEqualTo(5);
    assertThat(proxy.stat("runtime.update_rejected")).isEqualTo(1);
  }

  @Test
  void takesAChangeAndIgnoresWhatItDidNotAskFor() {
    proxy.start(Proxy.dynamicBootstrap());
    plane.respond(ResourceKind.RUNTIME, "1", layer("res", "a", 5));

    plane.respond(ResourceKind.RUNTIME, "2", layer("res", "b", 6), layer("other", "c", 7));

    assertThat(value("a")).isEqualTo(-1);
    assertThat(value("b")).isEqualTo(6);
    assertThat(value("c")).isEqualTo(-1);
    var before = proxy.snapshots.size();
    plane.respond(ResourceKind.RUNTIME, "3", layer("res", "b", 6));
    assertThat(proxy.snapshots).as("the same again is no change").hasSize(before);
  }

  @Test
  void isEmptyWhenTheControlPlaneTakesItAway() {
    proxy.start(Proxy.deltaBootstrap());
    plane.change(ResourceKind.RUNTIME, "1", Map.<String, Message>of("res", layer("res", "a", 5)));
    assertThat(value("a")).isEqualTo(5);

    plane.change(ResourceKind.RUNTIME, "2", Map.of(), "res");

    assertThat(value("a")).isEqualTo(-1);
    assertThat(proxy.snapshots.getLast().layers()).hasSize(1);
  }

  private static Bootstrap.Builder layered(ConfigSource... sources) {
    var bootstrap = Proxy.dynamicBootstrap();
    for (var i = 0; i < sources.length; i++) {
      bootstrap
          .getLayeredRuntimeBuilder()
          .addLayers(
              RuntimeLayer.newBuilder()
                  .setName("layer" + i)
                  .setRtdsLayer(
                      RuntimeLayer.RtdsLayer.newBuilder()
                          .setName("res")
                          .setRtdsConfig(sources[i])));
    }
    return bootstrap;
  }

  private static Proxy layers(int count) {
    return new Proxy(
        IntStream.range(0, count)
            .<RuntimeLayerSpec>mapToObj(i -> new RuntimeLayerSpec.Rtds("layer" + i, "res", 15_000))
            .toList());
  }

  @Test
  void comesFromAServiceOfItsOwn() {
    var other = layers(1).start(layered(ServiceStreamsTest.from(ApiType.GRPC, "xds")));
    other.controlPlane.expectSilence();
    var service = other.service(AdsTransport.Service.RUNTIME);
    service.connect();
    assertThat(service.request(ResourceKind.RUNTIME).getResourceNamesList()).containsExactly("res");

    service.respond(ResourceKind.RUNTIME, "7", layer("res", "a", 5));

    assertThat(other.snapshots.getLast().integer("a", -1)).isEqualTo(5);
    assertThat(service.request(ResourceKind.RUNTIME).getVersionInfo()).isEqualTo("7");
    other.controlPlane.request(ResourceKind.CLUSTER);
    assertThat(other.stat("runtime.update_success")).isEqualTo(1);
    assertThat(other.stat("runtime.control_plane.connected_state")).isEqualTo(1);
    service.respond(ResourceKind.RUNTIME, "8", layer("res", "a", 6));
    assertThat(other.snapshots.getLast().integer("a", -1)).isEqualTo(6);
  }

  @Test
  void aServiceThatSaysNothingIsNotWaitedForForEver() {
    var other = layers(1).start(layered(ServiceStreamsTest.from(ApiType.GRPC, "xds")));

    other.advance(Duration.ofMillis(15_100));

    other.controlPlane.request(ResourceKind.CLUSTER);
    assertThat(other.stat("runtime.init_fetch_timeout")).isEqualTo(1);
  }

  @Test
  void layersOfOneNameFromTwoPlacesHaveNothingToDoWithEachOther() {
    var other =
        layers(2).start(layered(Resources.ads(), ServiceStreamsTest.from(ApiType.GRPC, "xds")));
    other.controlPlane.request(ResourceKind.RUNTIME);

    other.controlPlane.respond(ResourceKind.RUNTIME, "1", layer("res", "a", 1));
    assertThat(other.snapshots.getLast().integer("a", -1)).isEqualTo(1);
    assertThat(other.controlPlane.request(ResourceKind.RUNTIME).getVersionInfo()).isEqualTo("1");
    other.controlPlane.expectSilence();
    other
        .service(AdsTransport.Service.RUNTIME)
        .respond(ResourceKind.RUNTIME, "1", layer("res", "b", 2));

    assertThat(other.snapshots.getLast().integer("a", -1)).isEqualTo(1);
    assertThat(other.snapshots.getLast().integer("b", -1)).isEqualTo(2);
    other.controlPlane.request(ResourceKind.CLUSTER);
  }

  @Test
  void refusesAServiceThatItCannotReach() {
    var bootstrap = layered(ServiceStreamsTest.from(ApiType.GRPC, "nowhere"));
    var named = layered(ServiceStreamsTest.from(ApiType.GRPC, "named"));
    named
        .getStaticResourcesBuilder()
        .addClusters(
            Resources.staticCluster("named", 18001).setType(Cluster.DiscoveryType.STRICT_DNS));
    var text =
        "bootstrap: layered_runtime.layers.layer0.rtds_layer.rtds_config: Unknown gRPC client"
            + " cluster '%s': it must be a static cluster of type STATIC with an endpoint";

    assertThat(layers(1).startWithProblems(bootstrap))
        .extracting(ConfigProblem::text)
        .containsExactly(text.formatted("nowhere"));
    assertThat(layers(1).check(bootstrap))
        .extracting(ConfigProblem::text)
        .containsExactly(text.formatted("nowhere"));
    assertThat(layers(1).check(named))
        .extracting(ConfigProblem::text)
        .containsExactly(text.formatted("named"));
  }
}

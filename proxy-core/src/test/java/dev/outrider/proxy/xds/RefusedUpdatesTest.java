package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.xds.resource.Delivery;
import dev.outrider.proxy.xds.resource.Delivery.Outcome;
import dev.outrider.proxy.xds.resource.FailedUpdate;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.config.core.v3.ExtensionConfigSource;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What was refused of resources that are asked for by name, as `/config_dump` shows it.
class RefusedUpdatesTest {
  private final Proxy proxy = Proxy.running();
  private final FakeControlPlane plane = proxy.controlPlane;

  private static ClusterLoadAssignment unusable(String name) {
    var message = Resources.endpoints(name, 1).toBuilder();
    message
        .getEndpointsBuilder(0)
        .getLbEndpointsBuilder(0)
        .getEndpointBuilder()
        .getAddressBuilder()
        .getSocketAddressBuilder()
        .setAddress("host");
    return message.build();
  }

  private Map<ResourceKey, FailedUpdate> failed(ResourceKind kind) {
    return proxy.configuration.failed(kind);
  }

  @Test
  void endpointsSayWhyUntilTheyAreReplaced() {
    plane.respond(ResourceKind.ENDPOINTS, "7", unusable("a"), Resources.endpoints("b", 9003));

    assertThat(failed(ResourceKind.ENDPOINTS))
        .containsOnlyKeys(new ResourceKey(ResourceKind.ENDPOINTS, "a"));
    var why = failed(ResourceKind.ENDPOINTS).values().iterator().next();
    assertThat(why.version()).isEqualTo("7");
    assertThat(why.details()).contains("malformed IP address: host");
    plane.respond(ResourceKind.ENDPOINTS, "8", Resources.endpoints("b", 9004));
    assertThat(failed(ResourceKind.ENDPOINTS)).as("nothing was said of it").hasSize(1);

    plane.respond(ResourceKind.ENDPOINTS, "9", Resources.endpoints("a", 9001));

    assertThat(failed(ResourceKind.ENDPOINTS)).isEmpty();
  }

  @Test
  void whatNobodyAsksForAnyMoreIsForgotten() {
    plane.respond(ResourceKind.ENDPOINTS, "7", unusable("a"));
    assertThat(failed(ResourceKind.ENDPOINTS)).hasSize(1);

    plane.respond(ResourceKind.CLUSTER, "2", Resources.edsCluster("b").build());

    assertThat(failed(ResourceKind.ENDPOINTS)).isEmpty();
  }

  @Test
  void routesSayWhy() {
    plane.respond(
        ResourceKind.ROUTES,
        "7",
        Resources.routes("r", "a").addVirtualHosts(Resources.host("again", "*", "a")).build());

    assertThat(failed(ResourceKind.ROUTES).values())
        .singleElement()
        .satisfies(
            why -> {
              assertThat(why.version()).isEqualTo("7");
              assertThat(why.details()).contains("Only a single wildcard domain");
            });
  }

  @Test
  void filtersSayWhy() {
    var hcm = Resources.rdsHcm("r");
    var source =
        ExtensionConfigSource.newBuilder()
            .setConfigSource(Resources.ads())
            .addTypeUrls("type.googleapis.com/google.protobuf.Struct");
    hcm.addHttpFilters(0, HttpFilter.newBuilder().setName("fx").setConfigDiscovery(source));
    plane.respond(ResourceKind.LISTENER, "2", Resources.listener("l", 10000, hcm).build());

    Message bad = Proxy.SlowFilters.config("bad");
    plane.respond(
        ResourceKind.EXTENSION,
        "3",
        TypedExtensionConfig.newBuilder().setName("fx").setTypedConfig(Any.pack(bad)).build());

    assertThat(failed(ResourceKind.EXTENSION))
        .containsOnlyKeys(new ResourceKey(ResourceKind.EXTENSION, "fx"));
    assertThat(failed(ResourceKind.EXTENSION).values().iterator().next().details())
        .contains("is refused");
  }

  @Test
  void whatNobodyAsksForDoesNotPileUp() {
    var asked = new HashSet<ResourceKey>();
    asked.add(new ResourceKey(ResourceKind.ROUTES, "r7"));
    var refused = new RefusedUpdates(asked::contains);

    for (var i = 0; i < 10_000; i++) {
      var problem = new ConfigProblem("r" + i, "", "is bad");
      refused.note(
          new Delivery(ResourceKind.ROUTES, null, ConfigOrigin.DYNAMIC, "1", List.of(), null),
          Outcome.EMPTY,
          Map.of("r" + i, List.of(problem)),
          1);
    }

    for (var i = 0; i < 10_000; i++) {
      asked.add(new ResourceKey(ResourceKind.ROUTES, "r" + i)); // shows what is kept
    }
    assertThat(refused.of(ResourceKind.ROUTES))
        .hasSizeLessThan(200)
        .containsKey(new ResourceKey(ResourceKind.ROUTES, "r7"));
  }
}

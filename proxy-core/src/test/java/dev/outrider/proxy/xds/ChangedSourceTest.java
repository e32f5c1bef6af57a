package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import dev.outrider.proxy.config.Changes;
import dev.outrider.proxy.config.ConfigChange;
import dev.outrider.proxy.config.RouteSource;
import dev.outrider.proxy.routing.RouteTable;
import dev.outrider.proxy.xds.Proxy.SlowFilters;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.stream.AdsTransport.Service;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource.ApiType;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.ExtensionConfigSource;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/// Resources of one name whose sources differ in something else than the place: workers keep them
/// apart.
class ChangedSourceTest {
  private final Proxy proxy = new Proxy().start(ServiceStreamsTest.bootstrap(ApiType.GRPC));
  private final FakeControlPlane listeners;

  ChangedSourceTest() {
    proxy.service(Service.CLUSTERS).respond(ResourceKind.CLUSTER, "1");
    listeners = proxy.service(Service.LISTENERS);
  }

  /// A source that sends a token along.
  private static ConfigSource with(String token) {
    var source = ServiceStreamsTest.from(ApiType.GRPC, "other").toBuilder();
    source
        .getApiConfigSourceBuilder()
        .getGrpcServicesBuilder(0)
        .addInitialMetadataBuilder()
        .setKey("token")
        .setValue(token);
    return source.build();
  }

  private static Listener routed(String name, int port, ConfigSource source) {
    var manager = Resources.rdsHcm("r");
    manager.getRdsBuilder().setConfigSource(source);
    return Resources.listener(name, port, manager).build();
  }

  private static Listener filtered(ConfigSource source) {
    var manager = Resources.hcm().setRouteConfig(Resources.routes("own", "other"));
    manager.addHttpFilters(
        0,
        HttpFilter.newBuilder()
            .setName("fx")
            .setConfigDiscovery(
                ExtensionConfigSource.newBuilder()
                    .setConfigSource(source)
                    .addTypeUrls("type.googleapis.com/google.protobuf.Struct")));
    return Resources.listener("l", 10000, manager).build();
  }

  private void bringFilter() {
    proxy
        .service(Service.EXTENSIONS)
        .respond(
            ResourceKind.EXTENSION,
            "1",
            TypedExtensionConfig.newBuilder()
                .setName("fx")
                .setTypedConfig(Any.pack(SlowFilters.config()))
                .build());
  }

  /// What a worker has after all changes.
  private <T> Map<String, T> atWorkers(Function<ConfigChange, Changes<T>> part) {
    var all = new LinkedHashMap<String, T>();
    for (var change : proxy.changes) {
      all.putAll(part.apply(change).updated());
      all.keySet().removeAll(part.apply(change).removed());
    }
    return all;
  }

  /// What a worker takes for the table of a listener.
  private RouteTable table(String listener) {
    var http = Objects.requireNonNull(proxy.listener(listener).chains().all().getFirst().http());
    assertThat(http.routes()).isInstanceOf(RouteSource.Rds.class);
    var name = ((RouteSource.Rds) http.routes()).name();
    return Objects.requireNonNull(atWorkers(ConfigChange::routes).get(name), name);
  }

  @Test
  void aListenerKeepsARouteTableWhenItsProtocolChanges() {
    listeners.respond(
        ResourceKind.LISTENER, "1", routed("l", 1, ServiceStreamsTest.from(ApiType.GRPC, "other")));
    proxy
        .service(Service.ROUTES)
        .respond(ResourceKind.ROUTES, "1", Resources.routes("r", "a").build());
    var before = table("l");

    listeners.respond(
        ResourceKind.LISTENER,
        "2",
        routed("l", 1, ServiceStreamsTest.from(ApiType.DELTA_GRPC, "other")));
    proxy
        .service(Service.ROUTES)
        .change(ResourceKind.ROUTES, "2", Map.of("r", Resources.routes("r", "b").build()));

    assertThat(table("l")).isNotEqualTo(before);
    assertThat(atWorkers(ConfigChange::routes)).hasSize(1);
  }

  @Test
  void aFilterKeepsItsConfigurationWhenTheCallChanges() {
    listeners.respond(ResourceKind.LISTENER, "1", filtered(with("one")));
    bringFilter();
    assertThat(atWorkers(ConfigChange::filters)).hasSize(1);

    listeners.respond(ResourceKind.LISTENER, "2", filtered(with("two")));
    bringFilter();

    assertThat(atWorkers(ConfigChange::filters)).hasSize(1);
  }

  @Test
  void tablesOfOneNameDoNotReplaceEachOther() {
    listeners.respond(
        ResourceKind.LISTENER, "1", routed("l", 1, with("one")), routed("m", 2, with("two")));
    var cluster = 'a';
    for (var called : proxy.services) {
      if (called.service() == Service.ROUTES) {
        var table = Resources.routes("r", String.valueOf(cluster++)).build();
        called.plane().respond(ResourceKind.ROUTES, "1", table);
      }
    }

    assertThat(table("l")).isNotEqualTo(table("m"));
    assertThat(atWorkers(ConfigChange::routes).keySet())
        .as("tokens are not shown")
        .hasSize(2)
        .noneMatch(handle -> handle.contains("one") || handle.contains("two"));
  }
}

package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource.ApiType;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// Resources that are asked for again and again by plain HTTP. Every pause is as long as it may be.
class RestSourcesTest {
  private static final String CLUSTERS = "/v3/discovery:clusters";
  private static final String ENDPOINTS = "/v3/discovery:endpoints";
  private static final String LISTENERS = "/v3/discovery:listeners";
  private static final String ROUTES = "/v3/discovery:routes";

  /// Longer than the delay and its jitter.
  private static final Duration PAUSE = Duration.ofSeconds(3);

  private final Proxy proxy = new Proxy();

  private static ConfigSource from(String cluster) {
    return ConfigSource.newBuilder()
        .setApiConfigSource(
            ApiConfigSource.newBuilder()
                .setApiType(ApiType.REST)
                .setTransportApiVersion(ApiVersion.V3)
                .addClusterNames(cluster)
                .setRefreshDelay(Resources.seconds(1))
                .setRequestTimeout(Resources.seconds(3)))
        .build();
  }

  private static Bootstrap.Builder bootstrap(String cluster) {
    var builder = Proxy.dynamicBootstrap();
    builder
        .getDynamicResourcesBuilder()
        .clearAdsConfig()
        .setCdsConfig(from(cluster))
        .setLdsConfig(from(cluster));
    return builder;
  }

  private Proxy start() {
    return proxy.start(bootstrap("xds"));
  }

  private void answer(FakeRest.Posted posted, int status, String json) {
    proxy.loop.execute(
        () -> posted.answered().onAnswer(status, json.getBytes(StandardCharsets.UTF_8)));
    proxy.loop.runTasks();
  }

  private void fail(FakeRest.Posted posted) {
    proxy.loop.execute(() -> posted.answered().onFailure("refused"));
    proxy.loop.runTasks();
  }

  private void pause() {
    proxy.advance(PAUSE);
    proxy.loop.runTasks();
  }

  private static String clusters(String version, String... names) {
    var all = new StringBuilder();
    for (var name : names) {
      all.append(all.isEmpty() ? "" : ",")
          .append(
              """
              {"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "name": "%s",
               "type": "STATIC"}\
              """
                  .formatted(name));
    }
    return "{\"version_info\": \"%s\", \"resources\": [%s]}".formatted(version, all);
  }

  private static final String API =
      """
      {"api_type": "REST", "transport_api_version": "V3", "cluster_names": ["xds"],
       "refresh_delay": "1s"}\
      """;

  @Test
  void asksEachServiceAtItsPathWithTheVersionThatItHolds() {
    start();
    var first = proxy.rest.take(CLUSTERS);
    assertThat(first.cluster()).isEqualTo("xds");
    assertThat(first.timeoutMillis()).isEqualTo(3_000);
    assertThat(first.json()).contains("\"type_url\"").doesNotContain("\n");
    assertThat(first.request().getNode().getId()).isEqualTo("n");
    assertThat(first.request().getTypeUrl())
        .isEqualTo("type.googleapis.com/envoy.config.cluster.v3.Cluster");

    answer(first, 200, clusters("v1", "a"));

    assertThat(proxy.active().clusters()).containsKey("a");
    pause();
    var next = proxy.rest.take(CLUSTERS).request();
    assertThat(next.getVersionInfo()).isEqualTo("v1");
    assertThat(next.getNode().getId()).isEqualTo("n");
    assertThat(proxy.stat("cluster_manager.cds.update_success")).isEqualTo(1);
    assertThat(proxy.rest.take(LISTENERS).request().getVersionInfo()).isEmpty();
  }

  @Test
  void waitsForItsClusterToBeWarm() {
    proxy.rest.warm = false;
    start();
    proxy.advance(Duration.ofMillis(400));
    proxy.loop.runTasks();
    assertThat(proxy.rest.open).isEmpty();
    assertThat(proxy.stat("cluster_manager.cds.update_failure")).isZero();

    proxy.rest.warm = true;
    proxy.advance(Duration.ofMillis(500));
    proxy.loop.runTasks();

    answer(proxy.rest.take(CLUSTERS), 200, clusters("v1", "a"));
    assertThat(proxy.active().clusters()).containsKey("a");
  }

  @Test
  void bringsEndpointsAndRoutesToThoseWhoNameThem() {
    start();
    answer(
        proxy.rest.take(CLUSTERS),
        200,
        """
        {"versionInfo": "1", "resources": [
          {"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "name": "e",
           "type": "EDS", "eds_cluster_config": {"eds_config": {"api_config_source": %s}}}]}\
        """
            .formatted(API));
    var endpoints = proxy.rest.take(ENDPOINTS);
    assertThat(endpoints.request().getResourceNamesList()).containsExactly("e");
    assertThat(proxy.active().clusters()).doesNotContainKey("e");
    answer(
        endpoints,
        200,
        """
        {"version_info": "1", "resources": [
          {"@type": "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment",
           "cluster_name": "e", "endpoints": [{"lb_endpoints": [{"endpoint": {"address":
             {"socket_address": {"address": "127.0.0.1", "port_value": 7}}}}]}]}]}\
        """);
    assertThat(proxy.endpoints("e").endpoints()).hasSize(1);
    assertThat(proxy.stat("cluster.e.update_success")).isEqualTo(1);

    answer(
        proxy.rest.take(LISTENERS),
        200,
        """
        {"version_info": "1", "resources": [
          {"@type": "type.googleapis.com/envoy.config.listener.v3.Listener", "name": "l",
           "address": {"socket_address": {"address": "127.0.0.1", "port_value": 10000}},
           "filter_chains": [{"filters": [{"name": "h", "typed_config":
            {"@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
             "stat_prefix": "in", "rds": {"route_config_name": "r", "config_source":
               {"api_config_source": %s}},
             "http_filters": [{"name": "router", "typed_config":
               {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}]}}]}]}]}\
        """
            .formatted(API));
    var routes = proxy.rest.take(ROUTES);
    assertThat(routes.request().getResourceNamesList()).containsExactly("r");
    answer(
        routes,
        200,
        """
        {"version_info": "1", "resources": [
          {"@type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration", "name": "r",
           "virtual_hosts": [{"name": "v", "domains": ["*"]}]}]}\
        """);
    assertThat(proxy.initialised()).isTrue();
  }

  @Test
  void nothingNewIsNoUpdate() {
    start();
    answer(proxy.rest.take(CLUSTERS), 200, clusters("v1", "a"));
    pause();

    answer(proxy.rest.take(CLUSTERS), 304, "");

    assertThat(proxy.active().clusters()).containsKey("a");
    assertThat(proxy.stat("cluster_manager.cds.update_success")).isEqualTo(1);
    assertThat(proxy.stat("cluster_manager.cds.update_failure")).isZero();
    pause();
    assertThat(proxy.rest.take(CLUSTERS).request().getVersionInfo()).isEqualTo("v1");
  }

  @Test
  void anErrorLeavesWhatIsHeldAndIsAskedAgain() {
    start();
    answer(proxy.rest.take(CLUSTERS), 200, clusters("v1", "a"));
    pause();
    answer(proxy.rest.take(CLUSTERS), 503, "busy");
    pause();
    fail(proxy.rest.take(CLUSTERS));
    pause();

    assertThat(proxy.active().clusters()).containsKey("a");
    assertThat(proxy.stat("cluster_manager.cds.update_failure")).isEqualTo(2);
    assertThat(proxy.rest.take(CLUSTERS).request().getVersionInfo()).isEqualTo("v1");
  }

  @Test
  void whatCannotBeReadOrHeldIsRefusedWithoutAWord() {
    start();
    answer(proxy.rest.take(CLUSTERS), 200, clusters("v1", "a"));
    pause();
    answer(proxy.rest.take(CLUSTERS), 200, "{bad json");
    assertThat(proxy.stat("cluster_manager.cds.update_rejected")).isEqualTo(1);
    pause();

    answer(
        proxy.rest.take(CLUSTERS),
        200,
        """
        {"version_info": "v2", "resources": [
          {"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "name": "q",
           "type": "EDS"}]}\
        """);

    assertThat(proxy.stat("cluster_manager.cds.update_rejected")).isEqualTo(2);
    assertThat(proxy.stat("cluster_manager.cds.update_failure")).isZero();
    pause();
    var next = proxy.rest.take(CLUSTERS).request();
    assertThat(next.getVersionInfo()).isEqualTo("v1");
    assertThat(next.hasErrorDetail()).isFalse();
  }

  @Test
  void whatIsMissingIsGone() {
    start();
    answer(proxy.rest.take(CLUSTERS), 200, clusters("v1", "a", "b"));
    pause();

    answer(proxy.rest.take(CLUSTERS), 200, clusters("v2", "b"));

    assertThat(proxy.active().clusters()).containsKey("b").doesNotContainKey("a");
  }

  @Test
  void asksNoMoreWhenNobodyWantsTheAnswer() {
    start();
    answer(proxy.rest.take(CLUSTERS), 200, clusters("v1", "a"));
    pause();
    assertThat(proxy.rest.open).isNotEmpty();

    proxy.loop.execute(proxy.configuration::close);
    proxy.loop.runTasks();

    assertThat(proxy.rest.open).isEmpty();
    pause();
    assertThat(proxy.rest.open).isEmpty();
  }

  @Test
  void refusesAClusterThatIsNotThere() {
    assertThat(proxy.startWithProblems(bootstrap("nowhere")))
        .extracting(problem -> problem.text())
        .contains(
            "bootstrap: dynamic_resources.cds_config: ApiConfigSource must have a statically"
                + " defined non-EDS cluster: 'nowhere' does not exist, was added via api, or is an"
                + " EDS cluster");
  }
}

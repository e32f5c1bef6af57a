package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import com.sun.management.ThreadMXBean;
import dev.outrider.proxy.config.RouteSource;
import dev.outrider.proxy.config.ScopeTable;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.routing.ScopeKey;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.stream.AdsTransport.Service;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource.ApiType;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.route.v3.ScopedRouteConfiguration;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.ScopedRds;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Scopes of routes that a control plane keeps (X37).
class ScopeDiscoveryTest {
  private static final String STATS = "http.in.scoped_rds.s.";

  private static HttpConnectionManager.Builder manager(ConfigSource scopes, ConfigSource tables) {
    var builder = ScopedRoutes.ScopeKeyBuilder.newBuilder();
    builder.addFragments(
        FragmentBuilder.newBuilder()
            .setHeaderValueExtractor(
                FragmentBuilder.HeaderValueExtractor.newBuilder().setName("x-scope")));
    return Resources.hcm()
        .setScopedRoutes(
            ScopedRoutes.newBuilder()
                .setName("s")
                .setScopeKeyBuilder(builder)
                .setRdsConfigSource(tables)
                .setScopedRds(ScopedRds.newBuilder().setScopedRdsConfigSource(scopes)));
  }

  private static Message listener() {
    return listener("l", 10000);
  }

  private static Message listener(String name, int port) {
    return Resources.listener(name, port, manager(Resources.ads(), Resources.ads())).build();
  }

  private static ConfigSource patient(long seconds) {
    return Resources.ads().toBuilder().setInitialFetchTimeout(Resources.seconds(seconds)).build();
  }

  private static ScopedRouteConfiguration scope(String name, String key, String table) {
    return scope(name, key).setRouteConfigurationName(table).build();
  }

  private static ScopedRouteConfiguration.Builder scope(String name, String key) {
    return ScopedRouteConfiguration.newBuilder()
        .setName(name)
        .setKey(
            ScopedRouteConfiguration.Key.newBuilder()
                .addFragments(
                    ScopedRouteConfiguration.Key.Fragment.newBuilder().setStringKey(key)));
  }

  /// A control plane that has answered for clusters, and is asked for scopes.
  private static Proxy warming() {
    var proxy = new Proxy().start(Proxy.dynamicBootstrap());
    var plane = proxy.controlPlane;
    plane.respond(ResourceKind.CLUSTER, "1", Resources.staticCluster("a", 1).build());
    plane.respond(ResourceKind.LISTENER, "1", listener());
    while (plane.hasRequests()) {
      plane.request();
    }
    return proxy;
  }

  private static Proxy serving(ScopedRouteConfiguration... scopes) {
    var proxy = warming();
    proxy.controlPlane.respond(ResourceKind.SCOPE, "1", scopes);
    proxy.controlPlane.respond(
        ResourceKind.ROUTES,
        "1",
        Resources.routes("ra", "a").build(),
        Resources.routes("rb", "a").build());
    assertThat(proxy.active().listeners()).containsKey("l");
    while (proxy.controlPlane.hasRequests()) {
      proxy.controlPlane.request();
    }
    return proxy;
  }

  private static Proxy onDelta() {
    var proxy = new Proxy().start(Proxy.deltaBootstrap());
    var plane = proxy.controlPlane;
    plane.change(ResourceKind.CLUSTER, "1", Map.of("a", Resources.staticCluster("a", 1).build()));
    plane.change(ResourceKind.LISTENER, "1", Map.of("l", listener()));
    return proxy;
  }

  /// What workers know now under the name that the listener has for it.
  private static @Nullable ScopeTable table(Proxy proxy) {
    ScopeTable last = null;
    for (var change : proxy.changes) {
      for (var table : change.scopes().updated().values()) {
        last = table;
      }
      last = change.scopes().removed().isEmpty() ? last : null;
    }
    return last;
  }

  /// The table that requests of a key go by; null if there is no such scope.
  private static RouteSource.@Nullable Sole found(Proxy proxy, String key) {
    return Objects.requireNonNull(table(proxy)).find(new ScopeKey(List.of(key)));
  }

  @Test
  void aListenerWaitsForItsScopesAndTheTablesThatTheyName() {
    var proxy = new Proxy().start(Proxy.dynamicBootstrap());
    var plane = proxy.controlPlane;
    plane.respond(ResourceKind.CLUSTER, "1", Resources.staticCluster("a", 1).build());
    plane.respond(ResourceKind.LISTENER, "1", listener());
    plane.request(ResourceKind.CLUSTER);
    plane.request(ResourceKind.LISTENER);
    plane.request(ResourceKind.CLUSTER);
    var first = plane.request();
    var asked = first.getTypeUrl().equals(ResourceKind.SCOPE.typeUrl()) ? first : plane.request();
    assertThat(asked.getTypeUrl()).isEqualTo(ResourceKind.SCOPE.typeUrl());
    assertThat(asked.getResourceNamesList()).as("all there are").isEmpty();
    while (plane.hasRequests()) {
      plane.request();
    }

    plane.respond(
        ResourceKind.SCOPE,
        "1",
        scope("sa", "a", "ra"),
        scope("sb", "b", "rb"),
        scope("sc", "c").setRouteConfigurationName("rc").setOnDemand(true).build());
    var routes = plane.request(ResourceKind.ROUTES);
    assertThat(routes.getResourceNamesList()).containsExactlyInAnyOrder("ra", "rb");
    assertThat(plane.request(ResourceKind.SCOPE).getVersionInfo()).isEqualTo("1");
    assertThat(proxy.initialised()).isFalse();
    plane.respond(ResourceKind.ROUTES, "1", Resources.routes("ra", "a").build());
    assertThat(proxy.active().listeners()).doesNotContainKey("l");
    plane.respond(ResourceKind.ROUTES, "2", Resources.routes("rb", "a").build());

    assertThat(proxy.initialised()).isTrue();
    assertThat(proxy.active().listeners()).containsKey("l");
    var source = Resources.http(proxy.listener("l").chains().all().getFirst()).routes();
    var handle = ((RouteSource.Discovered) source).name();
    assertThat(proxy.changes)
        .anySatisfy(change -> assertThat(change.scopes().updated()).containsOnlyKeys(handle));
    assertThat(found(proxy, "a")).isEqualTo(new RouteSource.Rds("ra"));
    assertThat(found(proxy, "c")).as("whose table nobody asked for").isNotNull();
    assertThat(found(proxy, "d")).isNull();
    assertThat(proxy.stat(STATS + "all_scopes")).isEqualTo(3);
    assertThat(proxy.stat(STATS + "active_scopes")).isEqualTo(2);
    assertThat(proxy.stat(STATS + "on_demand_scopes")).isEqualTo(1);
    assertThat(proxy.stat(STATS + "update_success")).isEqualTo(1);
    assertThat(proxy.stat("http.in.rds.ra.update_success")).isEqualTo(1);
  }

  @Test
  void aScopeThatIsNotListedAnyMoreIsGone() {
    var proxy = serving(scope("sa", "a", "ra"), scope("sb", "b", "rb"));
    var plane = proxy.controlPlane;

    plane.respond(ResourceKind.SCOPE, "2", scope("sb", "b", "rb"));

    assertThat(found(proxy, "a")).isNull();
    assertThat(found(proxy, "b")).isEqualTo(new RouteSource.Rds("rb"));
    assertThat(plane.request(ResourceKind.ROUTES).getResourceNamesList()).containsExactly("rb");
    assertThat(plane.request(ResourceKind.SCOPE).hasErrorDetail()).isFalse();
    assertThat(proxy.active().routes()).containsOnlyKeys("rb");
    assertThat(proxy.stat(STATS + "all_scopes")).isEqualTo(1);
    assertThat(proxy.stat(STATS + "config_reload")).isEqualTo(2);
  }

  @Test
  void aScopeThatComesLaterIsNotWaitedFor() {
    var proxy = serving(scope("sa", "a", "ra"));

    proxy.controlPlane.respond(
        ResourceKind.SCOPE, "2", scope("sa", "a", "ra"), scope("sz", "z", "rz"));

    assertThat(found(proxy, "z")).isEqualTo(new RouteSource.Rds("rz"));
    assertThat(proxy.active().listeners()).containsKey("l");
    assertThat(proxy.configuration.waitingListeners()).isEmpty();
    assertThat(proxy.controlPlane.request(ResourceKind.ROUTES).getResourceNamesList())
        .containsExactlyInAnyOrder("ra", "rz");
  }

  @Test
  void whatSaysTheSameChangesNothing() {
    var proxy = serving(scope("sa", "a", "ra"));
    proxy.changes.clear();

    proxy.controlPlane.respond(ResourceKind.SCOPE, "2", scope("sa", "a", "ra"));

    assertThat(proxy.controlPlane.request(ResourceKind.SCOPE).getVersionInfo()).isEqualTo("2");
    assertThat(proxy.changes).isEmpty();
    assertThat(proxy.stat(STATS + "config_reload")).isEqualTo(2);
  }

  @Test
  void takesNothingOfWhatIsInConflict() {
    var proxy = serving(scope("sa", "a", "ra"));
    var plane = proxy.controlPlane;
    proxy.changes.clear();

    plane.respond(ResourceKind.SCOPE, "2", scope("sb", "b", "rb"), scope("sc", "b", "rb"));

    assertThat(plane.request(ResourceKind.SCOPE).getErrorDetail().getMessage())
        .startsWith("Error adding/updating scoped route(s): ")
        .endsWith("scope key conflict found, first scope is 'sb', second scope is 'sc'");
    plane.respond(ResourceKind.SCOPE, "3", scope("sb", "b", "rb"), scope("sb", "c", "rb"));
    assertThat(plane.request(ResourceKind.SCOPE).getErrorDetail().getMessage())
        .startsWith("Error adding/updating scoped route(s): ")
        .endsWith("duplicate scoped route configuration 'sb' found");
    plane.respond(ResourceKind.SCOPE, "4", scope("sb", "b", "rb"), scope("sd", "d").build());
    assertThat(plane.request(ResourceKind.SCOPE).getErrorDetail().getMessage())
        .endsWith("route_configuration_name is empty.");
    assertThat(proxy.changes).isEmpty();
    assertThat(proxy.stat(STATS + "update_rejected")).isEqualTo(3);
    assertThat(proxy.stat(STATS + "all_scopes")).isEqualTo(1);
  }

  @Test
  void aKeyMayGoToAnotherScopeAtOnce() {
    var proxy = serving(scope("sa", "a", "ra"));

    proxy.controlPlane.respond(ResourceKind.SCOPE, "2", scope("sb", "a", "rb"));

    assertThat(proxy.controlPlane.request().hasErrorDetail()).isFalse();
    assertThat(found(proxy, "a")).isEqualTo(new RouteSource.Rds("rb"));
  }

  @Test
  void aTableMayBePartOfAScope() {
    var proxy = serving(scope("sa", "a", "ra"));
    var plane = proxy.controlPlane;
    var inline =
        scope("si", "i")
            .setRouteConfiguration(Resources.routes("own", "a"))
            .setRouteConfigurationName("not asked for");

    plane.respond(ResourceKind.SCOPE, "2", scope("sa", "a", "ra"), inline.build());

    assertThat(plane.request(ResourceKind.SCOPE).hasErrorDetail()).isFalse();
    assertThat(found(proxy, "i")).isInstanceOf(RouteSource.Inline.class);
    plane.expectSilence();
    assertThat(proxy.stat(STATS + "active_scopes")).isEqualTo(1);

    inline.setRouteConfiguration(Resources.routes("own", "nowhere"));
    plane.respond(ResourceKind.SCOPE, "3", inline.build());
    assertThat(plane.request(ResourceKind.SCOPE).getErrorDetail().getMessage())
        .endsWith("route: unknown cluster 'nowhere'");
    assertThat(found(proxy, "a")).isNotNull();
  }

  @Test
  void nobodyWaitsForEver() { // X14
    var proxy = warming();

    proxy.advance(Duration.ofSeconds(16));

    assertThat(proxy.active().listeners()).containsKey("l");
    assertThat(proxy.stat(STATS + "init_fetch_timeout")).isEqualTo(1);

    var other = warming();
    other.controlPlane.respond(ResourceKind.SCOPE, "1", scope("sa", "a", "ra"));
    other.advance(Duration.ofSeconds(14));
    assertThat(other.active().listeners()).doesNotContainKey("l");
    other.advance(Duration.ofSeconds(2));
    assertThat(other.active().listeners()).containsKey("l");
    assertThat(other.stat(STATS + "init_fetch_timeout")).isZero();
    assertThat(other.stat("http.in.rds.ra.init_fetch_timeout")).isEqualTo(1);
  }

  @Test
  void aListenerGoesOnWithoutScopesThatAreRefused() {
    var proxy = warming();

    proxy.controlPlane.respond(
        ResourceKind.SCOPE, "1", scope("sa", "a", "ra"), scope("sb", "a", "rb"));

    assertThat(proxy.active().listeners()).containsKey("l");
    assertThat(table(proxy)).isNull();
  }

  @Test
  void hasNoScopesUntilTheControlPlaneSaysThatThereAreNone() {
    var proxy = warming();
    proxy.controlPlane.respond(ResourceKind.SCOPE, "1");

    assertThat(proxy.active().listeners()).containsKey("l");
    assertThat(table(proxy)).isEqualTo(new ScopeTable(Map.of()));
    assertThat(proxy.configuration.held().scopes()).isEmpty();
  }

  @Test
  void followsWhatChangesAndWhatIsRemoved() {
    var proxy = onDelta();
    var plane = proxy.controlPlane;
    plane.change(
        ResourceKind.SCOPE,
        "1",
        Map.of("sa", scope("sa", "a", "ra"), "sb", scope("sb", "b", "rb")));
    plane.change(
        ResourceKind.ROUTES,
        "1",
        Map.of(
            "ra", Resources.routes("ra", "a").build(), "rb", Resources.routes("rb", "a").build()));
    assertThat(proxy.active().listeners()).containsKey("l");
    while (plane.hasRequests()) {
      plane.anyDeltaRequest();
    }

    plane.change(ResourceKind.SCOPE, "2", Map.of("sc", scope("sc", "a", "rb")), "sa", "unknown");

    assertThat(found(proxy, "a")).isEqualTo(new RouteSource.Rds("rb"));
    assertThat(found(proxy, "b")).isEqualTo(new RouteSource.Rds("rb"));
    assertThat(plane.deltaRequest(ResourceKind.ROUTES).getResourceNamesUnsubscribeList())
        .containsExactly("ra");
    assertThat(plane.deltaRequest(ResourceKind.SCOPE).hasErrorDetail()).isFalse();

    plane.change(ResourceKind.SCOPE, "3", Map.of("sd", scope("sd", "a", "rb")));
    assertThat(plane.deltaRequest(ResourceKind.SCOPE).getErrorDetail().getMessage())
        .endsWith("scope key conflict found, first scope is 'sc', second scope is 'sd'");
  }

  @Test
  void asksForAllAsLongAsAListenerDoes() {
    var proxy = onDelta();
    var plane = proxy.controlPlane;
    plane.change(ResourceKind.SCOPE, "1", Map.of("sa", scope("sa", "a", "ra")));
    plane.change(ResourceKind.ROUTES, "1", Map.of("ra", Resources.routes("ra", "a").build()));
    while (plane.hasRequests()) {
      plane.anyDeltaRequest();
    }

    plane.change(ResourceKind.LISTENER, "2", Map.of(), "l");
    assertThat(plane.deltaRequest(ResourceKind.ROUTES).getResourceNamesUnsubscribeList())
        .containsExactly("ra");
    assertThat(plane.deltaRequest(ResourceKind.SCOPE).getResourceNamesUnsubscribeList())
        .containsExactly("*");
    plane.deltaRequest(ResourceKind.LISTENER);
    assertThat(table(proxy)).isNull();
    plane.change(ResourceKind.SCOPE, "2", Map.of("sb", scope("sb", "b", "rb")));
    plane.deltaRequest(ResourceKind.SCOPE);
    plane.expectSilence();

    plane.change(ResourceKind.LISTENER, "3", Map.of("l", listener()));
    var again = plane.deltaRequest(ResourceKind.SCOPE);
    assertThat(again.getResourceNamesSubscribeList()).containsExactly("*");
    assertThat(again.getInitialResourceVersionsMap()).isEmpty();
  }

  @Test
  void asksAnewAfterAListenerWasGone() {
    var proxy = serving(scope("sa", "a", "ra"));
    var plane = proxy.controlPlane;

    plane.respond(ResourceKind.LISTENER, "2");
    while (plane.hasRequests()) {
      plane.request();
    }
    plane.respond(ResourceKind.LISTENER, "3", listener());

    var again = plane.request();
    while (!again.getTypeUrl().equals(ResourceKind.SCOPE.typeUrl())) {
      again = plane.request();
    }
    assertThat(again.getVersionInfo()).as("nothing is held").isEmpty();
    assertThat(again.getResponseNonce()).isNotEmpty();
    plane.respond(ResourceKind.SCOPE, "1", scope("sa", "a", "ra"));
    plane.respond(ResourceKind.ROUTES, "1", Resources.routes("ra", "a").build());
    assertThat(proxy.active().listeners()).containsKey("l");
  }

  @Test
  void scopesAndTablesHaveStreamsOfTheirOwn() { // X35
    var proxy = new Proxy().start(ServiceStreamsTest.bootstrap(ApiType.GRPC));
    proxy.service(Service.CLUSTERS).respond(ResourceKind.CLUSTER, "1");
    var manager =
        manager(
            ServiceStreamsTest.from(ApiType.DELTA_GRPC, "xds"),
            ServiceStreamsTest.from(ApiType.GRPC, "other"));
    var listeners = proxy.service(Service.LISTENERS);
    listeners.respond(ResourceKind.LISTENER, "1", Resources.listener("l", 10000, manager).build());
    var scopes = proxy.service(Service.SCOPES);
    var first = scopes.deltaRequest(ResourceKind.SCOPE);
    assertThat(first.getResourceNamesSubscribeList()).as("all there are").isEmpty();
    assertThat(first.getNode().getId()).isEqualTo("n");

    scopes.change(ResourceKind.SCOPE, "1", Map.of("sa", scope("sa", "a", "ra")));
    assertThat(scopes.deltaRequest(ResourceKind.SCOPE).hasErrorDetail()).isFalse();
    var routes = proxy.service(Service.ROUTES);
    assertThat(routes.request(ResourceKind.ROUTES).getResourceNamesList()).containsExactly("ra");
    routes.respond(ResourceKind.ROUTES, "1", Resources.routes("ra", "xds").build());

    assertThat(proxy.active().listeners()).containsKey("l");
    assertThat(proxy.active().routes())
        .containsKey(((RouteSource.Rds) Objects.requireNonNull(found(proxy, "a"))).name());
    listeners.respond(ResourceKind.LISTENER, "2");
    assertThat(scopes.connected()).isFalse();
    assertThat(routes.connected()).isFalse();
  }

  private static ScopedRouteConfiguration onDemand(String name, String key, String table) {
    return scope(name, key).setRouteConfigurationName(table).setOnDemand(true).build();
  }

  /// A request wants the table of a scope; returns what it is told.
  private static List<Boolean> demand(Proxy proxy, String key) {
    var source = Resources.http(proxy.listener("l").chains().all().getFirst()).routes();
    var told = new ArrayList<Boolean>();
    proxy.configuration.demand(
        ((RouteSource.Discovered) source).name(), new ScopeKey(List.of(key)), told::add);
    return told;
  }

  @Test
  void asksForATableWhenARequestWantsIt() {
    var proxy = serving(scope("sa", "a", "ra"), onDemand("sd", "d", "rd"));
    var plane = proxy.controlPlane;
    plane.expectSilence();

    var told = demand(proxy, "d");
    var again = demand(proxy, "d");

    assertThat(plane.request(ResourceKind.ROUTES).getResourceNamesList())
        .containsExactlyInAnyOrder("ra", "rd");
    plane.expectSilence();
    assertThat(told).isEmpty();
    assertThat(proxy.stat(STATS + "active_scopes")).isEqualTo(2);
    plane.respond(ResourceKind.ROUTES, "2", Resources.routes("rd", "a").build());
    assertThat(told).containsExactly(true);
    assertThat(again).containsExactly(true);
    assertThat(demand(proxy, "d")).as("which is there").containsExactly(true);
    assertThat(demand(proxy, "unknown")).containsExactly(false);
  }

  @Test
  void tellsWhoWaitsForATableThatNobodyNamesAnyMore() {
    var proxy = serving(scope("sa", "a", "ra"), onDemand("sd", "d", "rd"));
    var told = demand(proxy, "d");
    assertThat(told).isEmpty();

    proxy.controlPlane.respond(ResourceKind.SCOPE, "2", scope("sa", "a", "ra"));

    assertThat(told).containsExactly(false);
    assertThat(proxy.stat(STATS + "active_scopes")).isEqualTo(1);
  }

  @Test
  void aScopeThatChangesIsOnDemandAnew() {
    var proxy = serving(onDemand("sd", "d", "rd"), scope("sa", "a", "ra"));
    var plane = proxy.controlPlane;
    demand(proxy, "d");
    plane.respond(ResourceKind.ROUTES, "2", Resources.routes("rd", "a").build());

    plane.respond(ResourceKind.SCOPE, "2", onDemand("sd", "e", "rd"), scope("sa", "a", "ra"));

    assertThat(proxy.active().routes()).containsOnlyKeys("ra");
    assertThat(proxy.stat(STATS + "active_scopes")).isEqualTo(1);
  }

  @Test
  void refusesWhatCannotBeReached() {
    var proxy = warming();
    var manager = manager(Resources.ads(), ServiceStreamsTest.from(ApiType.GRPC, "nowhere"));
    manager.getScopedRoutesBuilder().getScopedRdsBuilder().setSrdsResourcesLocator("xdstp://x/y");

    proxy.controlPlane.respond(
        ResourceKind.LISTENER, "2", Resources.listener("m", 10001, manager).build());
    assertThat(proxy.controlPlane.request(ResourceKind.LISTENER).getErrorDetail().getMessage())
        .contains("scoped_routes.scoped_rds.srds_resources_locator: is not supported");

    manager.getScopedRoutesBuilder().getScopedRdsBuilder().clearSrdsResourcesLocator();
    proxy.controlPlane.respond(
        ResourceKind.LISTENER, "3", Resources.listener("m", 10001, manager).build());
    assertThat(proxy.controlPlane.request(ResourceKind.LISTENER).getErrorDetail().getMessage())
        .contains("Unknown gRPC client cluster 'nowhere'");
  }

  @Test
  void listenersDoNotWaitForAnotherAnswerThanTheRefusedOne() {
    var proxy = warming();
    proxy.controlPlane.respond(
        ResourceKind.SCOPE, "1", scope("sa", "a", "ra"), scope("sb", "a", "rb"));

    proxy.controlPlane.respond(ResourceKind.LISTENER, "2", listener(), listener("m", 10001));

    assertThat(proxy.active().listeners()).containsOnlyKeys("l", "m");
  }

  @Test
  void aListenerThatIsLessPatientKeepsItsScopes() {
    var proxy = serving(scope("sa", "a", "ra"));
    var manager = manager(patient(5), patient(6));
    var next = Resources.listener("l", 10000, manager).build();

    proxy.controlPlane.respond(ResourceKind.LISTENER, "2", next);

    assertThat(proxy.configuration.waitingListeners()).isEmpty();
    assertThat(found(proxy, "a")).isEqualTo(new RouteSource.Rds("ra"));
    proxy.controlPlane.respond(ResourceKind.LISTENER, "3");
    assertThat(table(proxy)).isNull();
  }

  @Test
  void aListenerDoesNotWaitForATableThatNoScopeNamesAnyMore() {
    var proxy = onDelta();
    var plane = proxy.controlPlane;
    plane.change(
        ResourceKind.SCOPE,
        "1",
        Map.of("sa", scope("sa", "a", "ra"), "sb", scope("sb", "b", "rb")));
    plane.change(ResourceKind.ROUTES, "1", Map.of("rb", Resources.routes("rb", "a").build()));
    assertThat(proxy.active().listeners()).isEmpty();

    plane.change(ResourceKind.SCOPE, "2", Map.of(), "sa");

    assertThat(proxy.active().listeners()).containsKey("l");
    assertThat(found(proxy, "b")).isEqualTo(new RouteSource.Rds("rb"));
  }

  @Test
  void refusesStaticListenersWhoseTablesCannotBeReached() {
    var dynamic = Proxy.dynamicBootstrap();
    dynamic
        .getStaticResourcesBuilder()
        .addListeners(
            Resources.listener(
                "l",
                10000,
                manager(Resources.ads(), ServiceStreamsTest.from(ApiType.GRPC, "nowhere"))));
    var alone = Proxy.dynamicBootstrap().clearDynamicResources();
    alone
        .getStaticResourcesBuilder()
        .addListeners(
            Resources.listener(
                "l",
                10000,
                manager(ServiceStreamsTest.from(ApiType.GRPC, "xds"), Resources.ads())));

    assertThat(new Proxy().check(dynamic))
        .extracting(ConfigProblem::text)
        .containsExactly(
            "'l': Unknown gRPC client cluster 'nowhere': it must be a static cluster of type"
                + " STATIC with an endpoint");
    assertThat(new Proxy().check(alone))
        .extracting(ConfigProblem::text)
        .containsExactly(
            "bootstrap: dynamic_resources.ads_config: 'l' needs the route configurations of its"
                + " scopes from a control plane, but none is configured");
  }

  /// Bytes that changes of one scope of many make the main loop allocate.
  private static long bytes(ConfigSource tables) {
    var proxy = new Proxy().start(Proxy.deltaBootstrap());
    var plane = proxy.controlPlane;
    var listener = Resources.listener("l", 10000, manager(Resources.ads(), tables)).build();
    plane.change(ResourceKind.CLUSTER, "1", Map.of());
    plane.change(ResourceKind.LISTENER, "1", Map.of("l", listener));
    var all = new HashMap<String, Message>();
    for (var i = 0; i < 1000; i++) {
      all.put("s" + i, scope("s" + i, "k" + i, "r"));
    }
    plane.change(ResourceKind.SCOPE, "1", all);
    assertThat(proxy.changes).isNotEmpty();
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    var before = threads.getCurrentThreadAllocatedBytes();
    for (var i = 0; i < 20; i++) {
      plane.change(ResourceKind.SCOPE, "v" + i, Map.of("s7", scope("s7", "n" + i, "r")));
    }
    return threads.getCurrentThreadAllocatedBytes() - before;
  }

  @Test
  void spellsOutWhereTablesComeFromOnceForAllScopes() {
    var plain = bytes(Resources.ads());

    var spelled = bytes(ServiceStreamsTest.from(ApiType.GRPC, "xds"));

    assertThat(spelled).as("a digest for each is several times as much").isLessThan(2 * plain);
  }
}

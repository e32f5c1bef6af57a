package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import dev.outrider.proxy.routing.RouteTable;
import dev.outrider.proxy.xds.resource.DiscoveredHosts;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.stream.AdsTransport;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource.ApiType;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.Vhds;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// Virtual hosts that come by themselves (VHDS, X37).
class VirtualHostDiscoveryTest {
  private static final String STATS = "http.in.rds.vhds.r.";

  private final Proxy proxy = new Proxy().start(Proxy.deltaBootstrap());
  private final FakeControlPlane plane = proxy.controlPlane;

  private static RouteConfiguration.Builder table(ConfigSource from) {
    return RouteConfiguration.newBuilder()
        .setName("r")
        .addVirtualHosts(host("own"))
        .setVhds(Vhds.newBuilder().setConfigSource(from));
  }

  private static VirtualHost host(String name) {
    return Resources.host(name, name + ".test", "a");
  }

  private static ConfigSource service(ApiType type) {
    return ConfigSource.newBuilder()
        .setResourceApiVersion(ApiVersion.V3)
        .setApiConfigSource(
            ApiConfigSource.newBuilder()
                .setApiType(type)
                .setTransportApiVersion(ApiVersion.V3)
                .addGrpcServices(
                    GrpcService.newBuilder()
                        .setEnvoyGrpc(GrpcService.EnvoyGrpc.newBuilder().setClusterName("xds"))))
        .build();
  }

  /// A listener that has its table and waits for the virtual hosts of it.
  private void warm(ConfigSource from) {
    plane.change(ResourceKind.CLUSTER, "1", Map.of("a", Resources.staticCluster("a", 1).build()));
    plane.change(
        ResourceKind.LISTENER,
        "1",
        Map.of("l", Resources.listener("l", 10000, Resources.rdsHcm("r")).build()));
    plane.change(ResourceKind.ROUTES, "1", Map.of("r", table(from).build()));
  }

  /// One that serves, with the virtual hosts `own` and `x`.
  private void serve() {
    warm(Resources.ads());
    say("1", Map.of("r/x", host("x")));
    assertThat(proxy.active().listeners()).containsKey("l");
    forgetRequests();
    proxy.changes.clear();
  }

  private void say(String version, Map<String, Message> hosts, String... removed) {
    plane.change(ResourceKind.VIRTUAL_HOST, version, hosts, removed);
  }

  private void say(String version, Resource.Builder resource) {
    plane.change(
        ResourceKind.VIRTUAL_HOST,
        version,
        DeltaDiscoveryResponse.newBuilder().addResources(resource.setVersion(version)));
  }

  private RouteTable served() {
    return Objects.requireNonNull(proxy.active().routes().get("r"));
  }

  private List<String> hosts() {
    return served().virtualHosts().stream().map(host -> host.name()).toList();
  }

  private void forgetRequests() {
    while (plane.hasRequests()) {
      plane.anyDeltaRequest();
    }
  }

  /// What was asked for of virtual hosts since.
  private String asked() {
    var all = new StringBuilder();
    while (plane.hasRequests()) {
      var request = plane.anyDeltaRequest();
      if (request.getTypeUrl().equals(ResourceKind.VIRTUAL_HOST.typeUrl())
          && request.getResponseNonce().isEmpty()) {
        all.append('?');
        request.getResourceNamesSubscribeList().forEach(name -> all.append('+').append(name));
        request.getResourceNamesUnsubscribeList().forEach(name -> all.append('-').append(name));
      }
    }
    return all.toString();
  }

  private String refusals() {
    var all = new StringBuilder();
    while (plane.hasRequests()) {
      all.append(plane.anyDeltaRequest().getErrorDetail().getMessage());
    }
    return all.toString();
  }

  private List<Boolean> demand(String host) {
    var told = new ArrayList<Boolean>();
    proxy.configuration.demandHost("r", host, told::add);
    return told;
  }

  @Test
  void aListenerWaitsForTheFirstAnswerAboutTheVirtualHostsOfItsTable() {
    warm(Resources.ads());
    assertThat(asked()).as("all there are, without a name").isEqualTo("?");
    assertThat(proxy.initialised()).isFalse();

    say("1", Map.of("r/x", host("x")));

    assertThat(proxy.initialised()).isTrue();
    assertThat(hosts()).containsExactly("own", "x");
    assertThat(served().asksForHosts()).isTrue();
    assertThat(proxy.stat(STATS + "update_success")).isEqualTo(1);
    assertThat(proxy.stat(STATS + "config_reload")).isEqualTo(1);
  }

  @Test
  void aListenerGoesOnWithoutThemWhenTheyDoNotComeInTime() {
    warm(Resources.ads());

    proxy.advance(Duration.ofSeconds(16));

    assertThat(proxy.initialised()).isTrue();
    assertThat(hosts()).containsExactly("own");
    assertThat(proxy.stat(STATS + "init_fetch_timeout")).isEqualTo(1);
  }

  @Test
  void virtualHostsComeChangeAndGo() {
    serve();

    say("2", Map.of("r/y", host("y")));
    assertThat(hosts()).containsExactly("own", "x", "y");
    say("3", Map.of("r/x", Resources.host("x", "other.test", "a")), "r/y");
    assertThat(hosts()).containsExactly("own", "x");
    assertThat(served().virtualHosts().getLast().domains()).containsExactly("other.test");
    say("4", Map.of(), "r/x");

    assertThat(hosts()).containsExactly("own");
    assertThat(proxy.changes).hasSize(3);
  }

  @Test
  void whatIsTheSameChangesNothing() {
    serve();

    say("2", Map.of("r/x", host("x")));

    assertThat(proxy.changes).isEmpty();
    assertThat(refusals()).isEmpty();
  }

  @Test
  void theyStayWithANewVersionOfTheirTable() {
    serve();

    plane.change(
        ResourceKind.ROUTES,
        "2",
        Map.of("r", table(Resources.ads()).addVirtualHosts(host("second")).build()));

    assertThat(hosts()).containsExactly("own", "second", "x");
    assertThat(asked()).as("nothing new to ask").isEmpty();
  }

  @Test
  void theyGoWhenTheirTableHasNoSuchAnyMore() {
    serve();
    demand("y.test");
    forgetRequests();

    plane.change(ResourceKind.ROUTES, "2", Map.of("r", table(Resources.ads()).clearVhds().build()));

    assertThat(hosts()).containsExactly("own");
    assertThat(asked()).contains("-r/y.test").contains("-*");
    assertThat(proxy.metrics.snapshot().stream().map(Object::toString))
        .noneMatch(stat -> stat.contains(STATS));
  }

  @Test
  void asksForTheVirtualHostThatARequestWants() {
    serve();

    var told = demand("y.test");
    assertThat(asked()).isEqualTo("?+r/y.test");
    assertThat(told).isEmpty();
    assertThat(demand("y.test")).as("another, without being asked for again").isEmpty();
    assertThat(asked()).isEmpty();
    say("2", Map.of("r/other", host("other")));
    assertThat(told).as("of something else").isEmpty();
    say(
        "3",
        Resource.newBuilder()
            .setName("r/why")
            .addAliases("r/y.test")
            .setResource(Any.pack(host("y"))));

    assertThat(told).containsExactly(true);
    assertThat(hosts()).containsExactly("own", "other", "x", "y");
    forgetRequests();
    say("4", Map.of(), "r/why");
    assertThat(hosts()).as("by the name that it came by").doesNotContain("y");
  }

  @Test
  void whoeverWaitsForAVirtualHostThatThereIsNotGoesOn() {
    serve();
    var told = demand("y.test");

    say("2", Resource.newBuilder().setName("r/y.test").addAliases("r/y.test"));

    assertThat(told).containsExactly(true);
    assertThat(hosts()).containsExactly("own", "x");
    assertThat(refusals()).isEmpty();
    assertThat(demand("y.test")).as("which is known, as in Envoy").containsExactly(true);
    assertThat(asked()).isEmpty();
  }

  @Test
  void tellsWhoWaitsWhenTheTableIsGone() {
    serve();
    var told = demand("y.test");

    plane.change(ResourceKind.LISTENER, "2", Map.of(), "l");

    assertThat(told).containsExactly(false);
    assertThat(demand("y.test")).containsExactly(false);
  }

  @Test
  void oneBadVirtualHostRefusesTheResponse() {
    serve();
    var bad = host("bad").toBuilder().clearDomains().addDomains("x.test").build();

    say("2", Map.of("r/good", host("good"), "r/bad", bad));

    assertThat(refusals())
        .contains("Only unique values for domains are permitted. Duplicate entry of domain x.test");
    assertThat(hosts()).containsExactly("own", "x");
    assertThat(proxy.stat(STATS + "update_rejected")).isEqualTo(1);
  }

  @Test
  void aRefusedResponseIsWaitedForNoLonger() {
    warm(Resources.ads());

    say("1", Map.of("r/bad", host("own")));

    assertThat(proxy.initialised()).isTrue();
    assertThat(hosts()).containsExactly("own");
  }

  @Test
  void refusesAResourceWithoutBodyThatStandsForNothing() {
    serve();

    say("1", Resource.newBuilder().setName("r/x"));

    assertThat(refusals()).contains("is not of type");
    assertThat(hosts()).containsExactly("own", "x");
  }

  @Test
  void virtualHostsOfTablesThatNobodyAskedForAreIgnored() {
    serve();

    say("2", Map.of("other/x", host("y"), "plain", host("z")));

    assertThat(refusals()).isEmpty();
    assertThat(hosts()).containsExactly("own", "x");
  }

  @Test
  void aNewStreamIsAskedForAllAndForWhatRequestsWanted() {
    serve();
    demand("y.test");
    plane.drop("gone");
    proxy.advance(Duration.ofSeconds(1));
    plane.connect();

    var request = plane.anyDeltaRequest();
    while (!request.getTypeUrl().equals(ResourceKind.VIRTUAL_HOST.typeUrl())) {
      request = plane.anyDeltaRequest();
    }
    assertThat(request.getResourceNamesSubscribeList()).containsExactly("*", "r/y.test");
    assertThat(request.getInitialResourceVersionsMap()).containsExactly(Map.entry("r/x", "1"));
    assertThat(hosts()).containsExactly("own", "x");
  }

  @Test
  void comeFromAServiceOfTheirOwn() {
    warm(service(ApiType.DELTA_GRPC));
    var own = proxy.service(AdsTransport.Service.VIRTUAL_HOSTS);
    assertThat(own.deltaRequest(ResourceKind.VIRTUAL_HOST).getResourceNamesSubscribeList())
        .isEmpty();

    own.change(ResourceKind.VIRTUAL_HOST, "1", Map.of("r/x", host("x")));
    assertThat(hosts()).containsExactly("own", "x");
    own.deltaRequest(ResourceKind.VIRTUAL_HOST);
    demand("y.test");

    assertThat(own.deltaRequest(ResourceKind.VIRTUAL_HOST).getResourceNamesSubscribeList())
        .containsExactly("r/y.test");
    assertThat(AdsTransport.Service.VIRTUAL_HOSTS.fullName())
        .isEqualTo("envoy.service.route.v3.VirtualHostDiscoveryService");
    assertThat(proxy.stat(STATS + "update_attempt")).isEqualTo(3);
  }

  @Test
  void needTheIncrementalProtocol() {
    warm(service(ApiType.GRPC));
    assertThat(refusals())
        .contains(
            "vhds: only 'DELTA_GRPC' or 'ADS' (which uses Delta xDS) is supported as a config"
                + " source.");

    var other = Proxy.running();
    other.controlPlane.respond(ResourceKind.ROUTES, "2", table(Resources.ads()).build());
    var all = new StringBuilder();
    while (other.controlPlane.hasRequests()) {
      all.append(other.controlPlane.request().getErrorDetail().getMessage());
    }
    assertThat(all)
        .contains("vhds: ADS must use DELTA_GRPC api_type when used as VHDS config source.");
  }

  @Test
  void aTableThatIsPartOfAListenerCannotHaveThem() {
    serve();
    var inline = Resources.hcm().setRouteConfig(table(Resources.ads()));

    plane.change(
        ResourceKind.LISTENER, "2", Map.of("m", Resources.listener("m", 10001, inline).build()));

    assertThat(refusals()).contains("route_config.vhds: is not supported");
  }

  @Test
  void areShownWithTheirTable() {
    serve();

    var held = proxy.configuration.held().routes().getFirst();

    assertThat(held.version()).isEqualTo("s1");
    assertThat(Objects.requireNonNull(held.value().hosts()).merged().getVirtualHostsList())
        .extracting(VirtualHost::getName)
        .containsExactly("own", "x");
    assertThat(DiscoveredHosts.tableOf("a/b/c")).isEqualTo("a/b");
  }
}

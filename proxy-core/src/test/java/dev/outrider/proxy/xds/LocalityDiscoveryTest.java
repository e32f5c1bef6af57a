package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import com.google.protobuf.UInt32Value;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.stream.AdsTransport;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.core.v3.Locality;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LedsClusterLocalityConfig;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// Localities whose endpoints come by themselves, one by one (LEDS, X37).
class LocalityDiscoveryTest {
  private static final String TYPE = "xdstp://plane/envoy.config.endpoint.v3.LbEndpoint/";
  private static final String NEAR = TYPE + "near/*";
  private static final String FAR = TYPE + "far/*";
  private static final String STATS = "cluster.a.leds.";

  private final Proxy proxy = Proxy.runningOnDelta();
  private final FakeControlPlane plane = proxy.controlPlane;

  private static ClusterLoadAssignment assignment(ConfigSource from, String... collections) {
    var message = ClusterLoadAssignment.newBuilder().setClusterName("a");
    var priority = 0;
    for (var collection : collections) {
      message
          .addEndpointsBuilder()
          .setPriority(priority)
          .setLocality(Locality.newBuilder().setZone("z" + priority++))
          .setLedsClusterLocalityConfig(
              LedsClusterLocalityConfig.newBuilder()
                  .setLedsConfig(from)
                  .setLedsCollectionName(collection));
    }
    return message.build();
  }

  private static ClusterLoadAssignment assignment(String... collections) {
    return assignment(Resources.ads(), collections);
  }

  private static LbEndpoint endpoint(int port) {
    return Resources.endpoints("x", port).getEndpoints(0).getLbEndpoints(0);
  }

  private void assign(String version, Message assignment) {
    plane.change(ResourceKind.ENDPOINTS, version, Map.of("a", assignment));
  }

  private void say(String version, Map<String, Message> endpoints, String... removed) {
    plane.change(ResourceKind.LOCALITY, version, endpoints, removed);
  }

  private Set<String> addresses() {
    return proxy.endpoints("a").endpoints().stream()
        .map(Endpoint::address)
        .map(address -> address.text().replace("127.0.0.1:", ""))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private void forgetRequests() {
    while (plane.hasRequests()) {
      plane.anyDeltaRequest();
    }
  }

  /// What was asked for of endpoints since.
  private String asked() {
    var all = new StringBuilder();
    while (plane.hasRequests()) {
      var request = plane.anyDeltaRequest();
      if (request.getTypeUrl().equals(ResourceKind.LOCALITY.typeUrl())) {
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

  @Test
  void theEndpointsOfBeforeServeUntilEveryCollectionWasAnswered() {
    assign("2", assignment(NEAR, FAR));
    assertThat(asked()).contains("+" + NEAR).contains("+" + FAR);

    say("1", Map.of(TYPE + "near/x", endpoint(1), TYPE + "near/y", endpoint(2)));
    assertThat(addresses()).containsExactly("9001");
    say("1", Map.of(TYPE + "far/z", endpoint(3)));

    assertThat(addresses()).containsExactly("1", "2", "3");
    var far = proxy.endpoints("a").endpoints().getLast();
    assertThat(far.spec().priority()).isEqualTo(1);
    assertThat(far.spec().locality().zone()).isEqualTo("z1");
    assertThat(proxy.stat(STATS + "update_success")).isEqualTo(2);
  }

  @Test
  void anEndpointComesChangesAndGoesAlone() {
    assign("2", assignment(NEAR));
    say("1", Map.of(TYPE + "near/x", endpoint(1)));
    say("1", Map.of(TYPE + "near/y", endpoint(2)));
    var kept = proxy.endpoints("a").endpoints().getFirst();
    proxy.changes.clear();

    say("2", Map.of(TYPE + "near/z", endpoint(3)));
    assertThat(addresses()).containsExactly("1", "2", "3");
    say(
        "3",
        Map.of(
            TYPE + "near/y",
            endpoint(2).toBuilder().setLoadBalancingWeight(UInt32Value.of(7)).build()));
    say("4", Map.of(), TYPE + "near/z");

    assertThat(addresses()).containsExactly("1", "2");
    assertThat(proxy.endpoints("a").endpoints().getLast().spec().weight()).isEqualTo(7);
    assertThat(proxy.endpoints("a").endpoints().getFirst()).isSameAs(kept);
    assertThat(proxy.changes).hasSize(3);
    assertThat(proxy.changes).allMatch(change -> change.endpoints().updated().size() == 1);
  }

  @Test
  void aClusterWarmsUntilItsCollectionsAreThere() {
    plane.change(ResourceKind.CLUSTER, "2", Map.of("c", Resources.edsCluster("c").build()));
    plane.change(
        ResourceKind.ENDPOINTS,
        "2",
        Map.of("c", assignment(NEAR).toBuilder().setClusterName("c").build()));
    assertThat(proxy.active().clusters()).doesNotContainKey("c");

    say("1", Map.of(TYPE + "near/x", endpoint(1)));

    assertThat(proxy.active().clusters()).containsKey("c");
    assertThat(proxy.endpoints("c").endpoints()).hasSize(1);
  }

  @Test
  void aCollectionIsNotWaitedForForEver() {
    plane.change(ResourceKind.CLUSTER, "2", Map.of("c", Resources.edsCluster("c").build()));
    proxy.advance(Duration.ofSeconds(10));
    plane.change(
        ResourceKind.ENDPOINTS,
        "2",
        Map.of("c", assignment(NEAR).toBuilder().setClusterName("c").build()));

    proxy.advance(Duration.ofSeconds(10));
    assertThat(proxy.active().clusters())
        .as("it has a time of its own, from when it is asked for")
        .doesNotContainKey("c");
    proxy.advance(Duration.ofSeconds(6));

    assertThat(proxy.active().clusters()).containsKey("c");
    assertThat(proxy.endpoints("c").endpoints()).isEmpty();
    assertThat(proxy.stat("cluster.c.leds.init_fetch_timeout")).isEqualTo(1);
    say("1", Map.of(TYPE + "near/x", endpoint(1)));
    assertThat(proxy.endpoints("c").endpoints()).hasSize(1);
  }

  @Test
  void aCollectionThatTheControlPlaneDoesNotHaveIsEmpty() {
    assign("2", assignment(NEAR));

    say("1", Map.of(), NEAR);

    assertThat(addresses()).isEmpty();
  }

  @Test
  void oneBadEndpointRefusesItsResponseAndLeavesWhatWasThere() {
    assign("2", assignment(NEAR));
    say("1", Map.of(TYPE + "near/x", endpoint(1)));
    forgetRequests();

    var bad = endpoint(3).toBuilder();
    bad.getEndpointBuilder().getAddressBuilder().getSocketAddressBuilder().setAddress("host");
    say("2", Map.of(TYPE + "near/y", endpoint(2), TYPE + "near/z", bad.build()));

    assertThat(refusals()).contains(TYPE + "near/z").contains("malformed IP address: host");
    assertThat(addresses()).containsExactly("1");
    assertThat(proxy.stat(STATS + "update_rejected")).isEqualTo(1);
  }

  @Test
  void aRefusedResponseIsWaitedForNoLonger() {
    assign("2", assignment(NEAR));
    var bad = endpoint(3).toBuilder();
    bad.getEndpointBuilder().getAddressBuilder().getSocketAddressBuilder().setAddress("host");

    say("1", Map.of(TYPE + "near/z", bad.build()));

    assertThat(addresses()).as("as in Envoy").isEmpty();
  }

  @Test
  void isAskedForNoLongerWhenNoAssignmentNamesIt() {
    assign("2", assignment(NEAR));
    say("1", Map.of(TYPE + "near/x", endpoint(1)));
    forgetRequests();

    assign("3", Resources.endpoints("a", 9009));

    assertThat(asked()).isEqualTo("-" + NEAR);
    assertThat(addresses()).containsExactly("9009");
    assertThat(proxy.metrics.snapshot().stream().map(Object::toString))
        .noneMatch(stat -> stat.contains(STATS));
  }

  @Test
  void isAskedForNoLongerWhenItsClusterIsGone() {
    assign("2", assignment(NEAR));
    say("1", Map.of(TYPE + "near/x", endpoint(1)));
    forgetRequests();

    plane.change(ResourceKind.CLUSTER, "2", Map.of(), "a");

    assertThat(asked()).isEqualTo("-" + NEAR);
  }

  @Test
  void aNewStreamIsToldWhatIsHeld() {
    assign("2", assignment(NEAR));
    say("5", Map.of(TYPE + "near/x", endpoint(1)));
    plane.drop("gone");
    proxy.advance(Duration.ofSeconds(1));
    plane.connect();

    while (true) {
      var request = plane.anyDeltaRequest();
      if (request.getTypeUrl().equals(ResourceKind.LOCALITY.typeUrl())) {
        assertThat(request.getResourceNamesSubscribeList()).containsExactly(NEAR);
        assertThat(request.getInitialResourceVersionsMap())
            .containsExactly(Map.entry(TYPE + "near/x", "5"));
        break;
      }
    }
    assertThat(addresses()).containsExactly("1");
  }

  @Test
  void comesFromAServiceOfItsOwn() {
    var source =
        ConfigSource.newBuilder()
            .setResourceApiVersion(ApiVersion.V3)
            .setApiConfigSource(
                ApiConfigSource.newBuilder()
                    .setApiType(ApiConfigSource.ApiType.DELTA_GRPC)
                    .setTransportApiVersion(ApiVersion.V3)
                    .addGrpcServices(
                        GrpcService.newBuilder()
                            .setEnvoyGrpc(
                                GrpcService.EnvoyGrpc.newBuilder().setClusterName("xds"))))
            .build();
    assign("2", assignment(source, NEAR));

    var service = proxy.service(AdsTransport.Service.LOCALITIES);
    assertThat(service.deltaRequest(ResourceKind.LOCALITY).getResourceNamesSubscribeList())
        .containsExactly(NEAR);
    service.change(ResourceKind.LOCALITY, "1", Map.of(TYPE + "near/x", endpoint(1)));

    assertThat(addresses()).containsExactly("1");
    assertThat(AdsTransport.Service.LOCALITIES.fullName())
        .isEqualTo("envoy.service.endpoint.v3.LocalityEndpointDiscoveryService");
  }

  @Test
  void refusesWhatIsNoCollectionInEnvoysWords() {
    assign("2", assignment("plain"));
    assertThat(refusals()).contains("plain does not have a xdstp:, http: or file: scheme");

    var other = "xdstp://plane/envoy.config.endpoint.v3.ClusterLoadAssignment/near/*";
    assign("3", assignment(other));
    assertThat(refusals())
        .contains("xdstp:// type does not match envoy.config.endpoint.v3.LbEndpoint in " + other);

    assign("4", assignment("file:///endpoints.yaml"));
    assertThat(refusals()).contains("only xdstp collections are supported");

    assign(
        "5",
        assignment(NEAR).toBuilder()
            .setEndpoints(
                0, assignment(NEAR).getEndpoints(0).toBuilder().addLbEndpoints(endpoint(1)))
            .build());
    assertThat(refusals())
        .contains(
            "A ClusterLoadAssignment for cluster a cannot include both LEDS (resource: "
                + NEAR
                + ") and a list of endpoints.");
    assertThat(addresses()).containsExactly("9001");
  }

  @Test
  void needsTheIncrementalProtocol() {
    var other = Proxy.running();

    other.controlPlane.respond(ResourceKind.ENDPOINTS, "2", assignment(NEAR));

    var all = new StringBuilder();
    while (other.controlPlane.hasRequests()) {
      all.append(other.controlPlane.request().getErrorDetail().getMessage());
    }
    assertThat(all).contains("LEDS needs the incremental protocol");
  }

  @Test
  void clustersThatDoNotUseEdsCannotUseIt() {
    var cluster = Resources.staticCluster("s").setLoadAssignment(assignment(NEAR)).build();
    plane.change(ResourceKind.CLUSTER, "2", Map.of("s", cluster));

    assertThat(refusals())
        .contains("LEDS is only supported when EDS is used. Cluster a cannot use LEDS.");
  }

  @Test
  void endpointsOfACollectionThatNobodyAskedForAreIgnored() {
    assign("2", assignment(NEAR));

    say("1", Map.of(TYPE + "near/x", endpoint(1), TYPE + "other/x", endpoint(2)));

    assertThat(addresses()).containsExactly("1");
    assertThat(refusals()).isEmpty();
    assertThat(List.copyOf(proxy.active().endpoints().keySet())).contains("a", "b");
  }
}

package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// Control planes that do what they should not: what serves goes on, nobody is kept busy, and it
/// converges when they are mended.
class FaultyControlPlaneTest {
  private final Proxy proxy = Proxy.running();
  private final FakeControlPlane plane = proxy.controlPlane;

  private void serves() {
    assertThat(proxy.active().clusters()).containsOnlyKeys("a", "b", "xds");
    assertThat(proxy.active().listeners()).containsOnlyKeys("l");
    assertThat(proxy.active().routes()).containsOnlyKeys("r");
    assertThat(proxy.changes).isEmpty();
  }

  private void mended() {
    plane.respond(ResourceKind.ROUTES, "9", Resources.routes("r", "b").build());
    assertThat(proxy.onlyChange().routes().updated()).containsOnlyKeys("r");
  }

  @Test
  void givesUpAStreamThatCarriesGarbageAndWaitsLongerEachTime() {
    var garbage = "HTTP/1.1 400 Bad Request".getBytes(StandardCharsets.UTF_8);

    for (long bound = 500; bound <= 8_000; bound *= 2) {
      var streams = plane.streams();
      plane.send(garbage);
      assertThat(plane.connected()).isFalse();
      proxy.advance(Duration.ofMillis(bound - 10));
      assertThat(plane.streams()).isEqualTo(streams);
      proxy.advance(Duration.ofMillis(20));
      assertThat(plane.streams()).isEqualTo(streams + 1);
    }

    serves();
    assertThat(proxy.stat("cluster_manager.cds.update_failure")).isEqualTo(5);
    mended();
  }

  @Test
  void comesBackOnceForEachStreamThatIsClosedAndAsksOnceForEachType() {
    for (var i = 0; i < 20; i++) {
      proxy.advance(Duration.ofSeconds(1));
      assertThat(plane.streams()).isEqualTo(1 + i);
      plane.drop("every second");
      assertThat(plane.hasRequests()).isFalse();
      proxy.advance(Duration.ofSeconds(31));
      assertThat(plane.request(ResourceKind.CLUSTER).getVersionInfo()).isEqualTo("1");
      plane.request(ResourceKind.ENDPOINTS);
      plane.request(ResourceKind.LISTENER);
      plane.request(ResourceKind.ROUTES);
      plane.expectSilence();
    }

    serves();
    mended();
  }

  @Test
  void startsAgainAtTheShortestPauseWithAServerThatAnswersAndCloses() {
    for (var i = 0; i < 5; i++) {
      plane.respond(ResourceKind.ROUTES, "1", Resources.routes("r", "a").build());
      plane.drop("after an answer");
      proxy.advance(Duration.ofMillis(510));
      assertThat(plane.connected()).isTrue();
    }

    serves();
  }

  @Test
  void answersWithTheNonceThatCameWhateverItIs() {
    var again =
        DiscoveryResponse.newBuilder()
            .setTypeUrl(ResourceKind.ROUTES.typeUrl())
            .setVersionInfo("2")
            .addResources(Any.pack(Resources.routes("r", "b").build()));

    plane.send(again.build().toByteArray()); // without one
    assertThat(plane.request(ResourceKind.ROUTES).getResponseNonce()).isEmpty();
    plane.send(again.setNonce("same").build().toByteArray());
    plane.send(again.setNonce("same").build().toByteArray());

    assertThat(plane.request(ResourceKind.ROUTES).getResponseNonce()).isEqualTo("same");
    assertThat(plane.request(ResourceKind.ROUTES).getResponseNonce()).isEqualTo("same");
    plane.expectSilence();
  }

  @Test
  void ignoresAResponseWithoutAType() {
    plane.send(
        DiscoveryResponse.newBuilder()
            .addResources(Any.pack(Resources.routes("r", "b").build()))
            .build()
            .toByteArray());

    plane.expectSilence();
    serves();
    mended();
  }

  @Test
  void refusesAResourceWhoseBytesAreNone() {
    var broken =
        Any.newBuilder()
            .setTypeUrl(ResourceKind.CLUSTER.typeUrl())
            .setValue(com.google.protobuf.ByteString.copyFromUtf8("\u0001\u0002"))
            .build();

    plane.respondPacked(ResourceKind.CLUSTER.typeUrl(), "2", broken);

    var nack = plane.request(ResourceKind.CLUSTER);
    assertThat(nack.getVersionInfo()).isEqualTo("1");
    assertThat(nack.getErrorDetail().getMessage()).isNotEmpty();
    serves();
    mended();
  }

  @Test
  void waitsAsLongAsBeforeWhenSomebodySetsTheClock() {
    plane.drop("gone");
    proxy.clock.jump(Duration.ofDays(365));
    proxy.advance(Duration.ofMillis(490));
    assertThat(plane.connected()).isFalse();
    proxy.advance(Duration.ofMillis(20));
    assertThat(plane.connected()).isTrue();

    proxy.clock.jump(Duration.ofDays(-730));
    serves();
    mended();
  }

  @Test
  void answersAndGoesOnWhenTakingAResponseFails() {
    proxy.failsNext = true;

    plane.respond(ResourceKind.ROUTES, "2", Resources.routes("r", "b").build());

    assertThat(plane.request(ResourceKind.ROUTES).getErrorDetail().getMessage())
        .isEqualTo("internal error: java.lang.IllegalStateException: planted");
    plane.respond(ResourceKind.ROUTES, "3", Resources.routes("r", "a").build());
    assertThat(plane.request(ResourceKind.ROUTES).getVersionInfo()).isEqualTo("3");
  }
}

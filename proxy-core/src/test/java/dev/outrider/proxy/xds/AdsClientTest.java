package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import dev.outrider.proxy.config.DiscoveryService;
import dev.outrider.proxy.config.DynamicSources.BackOff;
import dev.outrider.proxy.config.DynamicSources.Protocol;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.loop.FakeClock;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.resource.ResponseHandler;
import dev.outrider.proxy.xds.stream.AdsClient;
import dev.outrider.proxy.xds.stream.ControlPlaneStats;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What both clients owe to whoever judges their responses, whatever he does.
class AdsClientTest {
  private static final ResourceKind KIND = ResourceKind.CLUSTER;

  private final FakeLoop loop = new FakeLoop(1, new FakeClock());
  private final FakeControlPlane plane = new FakeControlPlane(loop);
  private final Judge judge = new Judge();

  private static final class Judge implements ResponseHandler {
    @Override
    public void onUnreadable(List<ConfigProblem> problems) {}

    private final List<Consumer<Verdict>> pending = new ArrayList<>();
    private final List<Set<String>> expired = new ArrayList<>();
    private boolean fails;

    @Override
    public void onResponse(Response response, Consumer<Verdict> verdict) {
      pending.add(verdict);
      if (fails) {
        throw new IllegalStateException("planted");
      }
    }

    @Override
    public void onExpired(String typeUrl, Set<String> names) {
      expired.add(names);
    }

    @Override
    public void onDisconnect() {}
  }

  private AdsClient start(Protocol protocol) {
    var client =
        AdsClient.of(
            new DiscoveryService(protocol, "xds", true, BackOff.DEFAULT),
            new AdsClient.Spec(
                loop,
                plane,
                Node.getDefaultInstance(),
                new Random(1),
                new ControlPlaneStats(new MetricRegistry(1)),
                judge));
    client.subscribeToAll(KIND.typeUrl());
    client.start();
    assertThat(refusal(protocol)).isEmpty();
    return client;
  }

  /// Sends a cluster that holds for five seconds.
  private void send(Protocol protocol, String version) {
    var cluster =
        Resource.newBuilder()
            .setName("c")
            .setVersion(version)
            .setTtl(Resources.seconds(5))
            .setResource(Any.pack(Resources.staticCluster("c", 1).build()))
            .build();
    switch (protocol) {
      case STATE_OF_THE_WORLD -> plane.respondPacked(KIND.typeUrl(), version, Any.pack(cluster));
      case DELTA ->
          plane.change(KIND, version, DeltaDiscoveryResponse.newBuilder().addResources(cluster));
    }
  }

  /// What the next request says against the last response; empty = nothing.
  private String refusal(Protocol protocol) {
    return switch (protocol) {
      case STATE_OF_THE_WORLD -> plane.request(KIND).getErrorDetail().getMessage();
      case DELTA -> plane.deltaRequest(KIND).getErrorDetail().getMessage();
    };
  }

  @ParameterizedTest
  @EnumSource
  void refusesWhatFailsToBeJudgedAndGoesOn(Protocol protocol) {
    start(protocol);
    judge.fails = true;

    send(protocol, "1");
    assertThat(refusal(protocol)).contains("internal error").contains("planted");
    judge.pending.removeFirst().accept(new ResponseHandler.Verdict.Accepted());
    plane.expectSilence(); // it has been answered

    judge.fails = false;
    send(protocol, "2");
    judge.pending.removeFirst().accept(new ResponseHandler.Verdict.Accepted());
    assertThat(refusal(protocol)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void hearsNoVerdictAfterItsEnd(Protocol protocol) {
    var client = start(protocol);
    send(protocol, "1");
    send(protocol, "2"); // waits for its turn

    client.close();
    judge.pending.removeFirst().accept(new ResponseHandler.Verdict.Accepted());
    loop.advance(Duration.ofSeconds(6));

    assertThat(judge.pending).as("nothing else is judged").isEmpty();
    assertThat(judge.expired).as("nothing is timed").isEmpty();
    plane.expectSilence();
  }
}

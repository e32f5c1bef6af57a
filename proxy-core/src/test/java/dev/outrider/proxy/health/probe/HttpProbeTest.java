package dev.outrider.proxy.health.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.health.PayloadPattern;
import dev.outrider.proxy.health.ProbeSpec;
import dev.outrider.proxy.http.HttpVersion;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HttpProbeTest {
  private final ProbedHost host = host(true);

  private static ProbedHost host(boolean reuses) {
    return new ProbedHost(
        Cluster.withDefaults("up", new Discovery.Eds("up")),
        new EndpointSpec(new HostPort("10.0.0.1", 1)),
        reuses,
        new ProbeSpec.Http(
            HttpVersion.HTTP1,
            "GET",
            "",
            "/healthz",
            List.of(),
            new byte[0],
            new PayloadPattern(List.of("good".getBytes(StandardCharsets.US_ASCII))),
            0,
            List.of(new ProbeSpec.StatusRange(200, 201)),
            List.of(),
            null));
  }

  @AfterEach
  void nothingIsLeft() {
    host.close();
    assertThat(host.heads.outstanding()).isZero();
  }

  @Test
  void asksByARequestAndPassesOnTheRightAnswer() {
    host.check();
    assertThat(host.heard())
        .startsWith("GET /healthz HTTP/1.1\r\nhost: up\r\n")
        .contains("user-agent: Envoy/HC\r\n");

    host.say("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood");

    assertThat(host.told).containsExactly("pass");
  }

  @Test
  void anAnswerThatBreaksOffIsNoPartOfTheNext() {
    host.check();
    host.heard();
    host.say("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\ngood");
    host.channels.getLast().close();
    host.loop.runTasks();
    assertThat(host.told).containsExactly("NETWORK");

    host.check();
    host.heard();
    host.say("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil");

    assertThat(host.told).containsExactly("NETWORK", "ACTIVE");
  }

  @Test
  void leavesNothingOfAnAnswerThatBrokeOff() {
    host.check();
    host.heard();
    host.say("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\ngood");

    host.channels.getLast().close();
    host.loop.runTasks();

    assertThat(host.heads.outstanding()).isZero();
  }

  @Test
  void connectsForEachCheckIfAsked() {
    var once = host(false);
    once.check();
    once.heard();
    once.say("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood");
    assertThat(once.channels).noneMatch(EmbeddedChannel::isOpen);

    once.check();
    once.heard();

    assertThat(once.channels).hasSize(2);
    once.close();
  }
}

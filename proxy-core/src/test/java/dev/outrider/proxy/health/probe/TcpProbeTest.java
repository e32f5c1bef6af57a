package dev.outrider.proxy.health.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.ConnectionOptions;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.health.PayloadPattern;
import dev.outrider.proxy.health.ProbeSpec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TcpProbeTest {
  private static final int LIMIT = 1_000;
  private static final Cluster CLUSTER =
      Cluster.builder("up", new Discovery.Eds("up"))
          .connections(new ConnectionOptions(Duration.ofSeconds(1), LIMIT))
          .build();

  private final ProbedHost host =
      new ProbedHost(
          CLUSTER,
          new EndpointSpec(new HostPort("10.0.0.1", 1)),
          true,
          new ProbeSpec.Tcp(bytes("PING"), new PayloadPattern(List.of(bytes("PONG")))));

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @AfterEach
  void close() {
    host.close();
  }

  @Test
  void passesWhenTheAnswerHasComeInPieces() {
    host.check();
    assertThat(host.heard()).isEqualTo("PING");
    host.say("xPO");
    assertThat(host.told).isEmpty();

    host.say("NG");

    assertThat(host.told).containsExactly("pass");
  }

  @Test
  void anAnswerThatNobodyAskedForCountsForNothing() {
    host.check();
    host.say("PONG PONG");
    host.say("PONG");
    assertThat(host.told).containsExactly("pass");

    host.check();
    assertThat(host.told).containsExactly("pass");
    host.say("PONG");

    assertThat(host.told).containsExactly("pass", "pass");
  }

  @Test
  void whatCameBetweenChecksIsNoBeginningOfAnAnswer() {
    host.check();
    host.say("PONG");
    host.say("PO");

    host.check();
    host.say("NG");

    assertThat(host.told).containsExactly("pass");
  }

  @Test
  void readsNoFurtherThanAConnectionMayHold() {
    host.check();
    host.say("x".repeat(LIMIT));
    assertThat(host.channels.getLast().config().isAutoRead()).isTrue();

    host.say("x");
    assertThat(host.channels.getLast().config().isAutoRead()).isFalse();
    host.say("PONG");

    assertThat(host.told).as("it runs out of time").isEmpty();
  }

  @Test
  void connectsAgainAfterACheckThatWasGivenUp() {
    host.check();
    host.say("x".repeat(LIMIT + 1));
    host.probe.giveUp();
    host.loop.runTasks();

    host.check();
    host.say("PONG");

    assertThat(host.channels).hasSize(2);
    assertThat(host.told).containsExactly("pass");
  }

  @Test
  void aConnectionThatEndsBetweenChecksIsACheckThatFails() {
    host.check();
    host.say("PONG");

    host.channels.getLast().close();
    host.loop.runTasks();

    assertThat(host.told).containsExactly("pass", "NETWORK");
  }

  private static ProbedHost beginning(ProbeSpec.Preface preface, PayloadPattern expects) {
    return new ProbedHost(
        CLUSTER,
        new EndpointSpec(new HostPort("10.0.0.1", 1)),
        true,
        new ProbeSpec.Tcp(bytes("PING"), expects, preface));
  }

  private static final PayloadPattern PONG = new PayloadPattern(List.of(bytes("PONG")));

  /// Each time, as Envoy, though it is the same connection.
  @Test
  void beginsEachCheckWithAHeaderIfToldSo() {
    var asked = beginning(ProbeSpec.Preface.BINARY, PONG);
    for (var i = 0; i < 2; i++) {
      asked.check();

      var header = new byte[] {13, 10, 13, 10, 0, 13, 10, 'Q', 'U', 'I', 'T', 10, 32, 0, 0, 0};
      assertThat(asked.heard()).isEqualTo(new String(header, StandardCharsets.US_ASCII) + "PING");
      asked.say("PONG");
    }
    assertThat(asked.told).containsExactly("pass", "pass");
    asked.close();
  }

  @Test
  void saysNothingWhereNothingIsExpected() {
    var asked = beginning(ProbeSpec.Preface.TEXT, PayloadPattern.ANY);

    asked.check();

    assertThat(asked.told).containsExactly("pass");
    assertThat(asked.channels.getLast().<Object>readOutbound()).isNull();
    asked.close();
  }
}

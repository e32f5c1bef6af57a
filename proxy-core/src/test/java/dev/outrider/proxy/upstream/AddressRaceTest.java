package dev.outrider.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.ConnectionOptions;
import dev.outrider.proxy.cluster.FamilyOrder;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.loop.FakeLoop;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AddressRaceTest {
  private final FakeLoop loop = new FakeLoop();
  private final Map<String, ChannelPromise> asked = new LinkedHashMap<>();
  private final List<String> told = new ArrayList<>();

  private ChannelFuture connect(HostPort address, ChannelHandler handler, int limit) {
    var promise = new EmbeddedChannel(handler).newPromise();
    asked.put(address.host(), promise);
    return promise;
  }

  private AddressRace start(String... hosts) {
    var race =
        new AddressRace(
            new AddressRace.Course(this::connect, ConnectionOptions.DEFAULT, 1024),
            addresses(hosts),
            loop.timers(),
            new AddressRace.Outcome() {
              @Override
              public void onWon(Channel channel) {
                told.add("won " + hostOf(channel));
              }

              @Override
              public void onLost(Throwable cause) {
                told.add("lost " + cause.getMessage());
              }
            });
    race.start();
    return race;
  }

  private static List<HostPort> addresses(String... hosts) {
    return Stream.of(hosts).map(host -> new HostPort(host, 80)).toList();
  }

  private String hostOf(Channel channel) {
    return asked.entrySet().stream()
        .filter(each -> each.getValue().channel().equals(channel))
        .findFirst()
        .orElseThrow()
        .getKey();
  }

  private ChannelPromise promise(String host) {
    return Objects.requireNonNull(asked.get(host), host);
  }

  private void succeed(String host) {
    promise(host).setSuccess();
    run(host);
  }

  private void fail(String host) {
    promise(host).setFailure(new ConnectException(host));
    run(host);
  }

  private void run(String host) {
    ((EmbeddedChannel) promise(host).channel()).runPendingTasks();
  }

  @AfterEach
  void nothingIsLeft() {
    assertThat(loop.armedTimers()).isZero();
    asked.values().forEach(each -> ((EmbeddedChannel) each.channel()).finishAndReleaseAll());
  }

  @Test
  void takesTheFirstAddressIfItAnswers() {
    start("10.0.0.1", "10.0.0.2");

    succeed("10.0.0.1");

    assertThat(asked).containsOnlyKeys("10.0.0.1");
    assertThat(told).containsExactly("won 10.0.0.1");
  }

  @Test
  void goesOnAtOnceWhenOneFails() {
    start("10.0.0.1", "10.0.0.2");

    fail("10.0.0.1");
    succeed("10.0.0.2");

    assertThat(told).containsExactly("won 10.0.0.2");
  }

  @Test
  void goesOnBesideOneThatSaysNothing() {
    start("10.0.0.1", "10.0.0.2", "10.0.0.3");
    loop.advance(Duration.ofMillis(290));
    assertThat(asked).containsOnlyKeys("10.0.0.1");
    loop.advance(Duration.ofMillis(20));
    assertThat(asked).containsOnlyKeys("10.0.0.1", "10.0.0.2");

    succeed("10.0.0.2");

    assertThat(told).containsExactly("won 10.0.0.2");
    assertThat(promise("10.0.0.1").channel().isOpen()).isFalse();
    promise("10.0.0.1").setSuccess();
    assertThat(told).hasSize(1);
  }

  @Test
  void losesWhenAllHaveFailed() {
    start("10.0.0.1", "10.0.0.2");
    loop.advance(Duration.ofMillis(310));

    fail("10.0.0.2");
    assertThat(told).isEmpty();
    fail("10.0.0.1");

    assertThat(told).containsExactly("lost 10.0.0.1");
  }

  @Test
  void saysNothingWhenItIsCancelled() {
    var race = start("10.0.0.1", "10.0.0.2");

    race.cancel();

    assertThat(promise("10.0.0.1").channel().isOpen()).isFalse();
    promise("10.0.0.1").setFailure(new ConnectException());
    assertThat(told).isEmpty();
    assertThat(asked).hasSize(1);
  }

  @Test
  void letsTheFamiliesTakeTurns() {
    assertThat(
            AddressRace.inTurns(
                addresses("::1", "::2", "10.0.0.1", "::3", "10.0.0.2"), FamilyOrder.DEFAULT))
        .isEqualTo(addresses("::1", "10.0.0.1", "::2", "10.0.0.2", "::3"));
  }

  private static List<String> ordered(FamilyOrder.First first, int count) {
    var given = addresses("10.0.0.1", "fd00::1", "10.0.0.2", "10.0.0.3", "fd00::2", "10.0.0.4");
    return AddressRace.inTurns(given, new FamilyOrder(first, count)).stream()
        .map(HostPort::host)
        .toList();
  }

  /// Envoy HappyEyeballsConnectionProvider::sortAddressesWithConfig.
  @Test
  void beginsWithAsManyOfAFamilyAsIsConfigured() {
    assertThat(ordered(FamilyOrder.First.AS_GIVEN, 2))
        .containsExactly("10.0.0.1", "10.0.0.2", "fd00::1", "10.0.0.3", "10.0.0.4", "fd00::2");
    assertThat(ordered(FamilyOrder.First.V6, 1))
        .containsExactly("fd00::1", "10.0.0.1", "fd00::2", "10.0.0.2", "10.0.0.3", "10.0.0.4");
    assertThat(ordered(FamilyOrder.First.V6, 9))
        .containsExactly("fd00::1", "fd00::2", "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4");
    assertThat(ordered(FamilyOrder.First.V4, 1))
        .containsExactly("10.0.0.1", "fd00::1", "10.0.0.2", "fd00::2", "10.0.0.3", "10.0.0.4");
  }
}

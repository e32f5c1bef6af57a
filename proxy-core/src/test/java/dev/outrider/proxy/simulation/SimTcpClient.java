package dev.outrider.proxy.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// A client of a TCP proxy: says its part and ends its direction, goes, or waits until it has heard
/// everything.
final class SimTcpClient extends SimClient {
  private enum Manner {
    ENDS,
    GOES,
    WAITS
  }

  /// As long as that, nothing but its peers may end its connection.
  static final Duration PATIENCE = Duration.ofSeconds(8);

  /// What the proxy may hold of either peer: nothing stands between the two sockets.
  static final int MOST_HELD = HIGH_MARK + 2 * READ;

  private final SimTunnel tunnel;
  private final Manner manner;
  private @Nullable SimUpstream service;
  private Duration age = Duration.ZERO;

  SimTcpClient(SplittableRandom random, int id) {
    this(random, id, Manner.values()[random.nextInt(3)]);
  }

  private SimTcpClient(SplittableRandom random, int id, Manner manner) {
    super(random);
    this.manner = manner;
    this.tunnel = SimTunnel.client(id, manner == Manner.ENDS);
    send(tunnel.sayAll());
    switch (manner) {
      case ENDS -> endWhenSent();
      case GOES -> closeWhenSent();
      case WAITS -> {}
    }
  }

  /// One that must be served.
  static SimTcpClient proper(SplittableRandom random, int id) {
    return new SimTcpClient(random, id, Manner.ENDS);
  }

  int id() {
    return tunnel.id();
  }

  void servedBy(SimUpstream newService) {
    assertThat(service).as("a second connection for tunnel %s", tunnel).isNull();
    service = newService;
  }

  boolean heardAll() {
    return tunnel.heardAll();
  }

  /// Time goes by.
  void grow(Duration by) {
    if (channel.isOpen() || service == null || service.channel.isOpen()) {
      age = age.plus(by);
    }
  }

  @Override
  int mostHeld() {
    return MOST_HELD;
  }

  @Override
  boolean answeredOrClosed() {
    return tunnel.heardAll() || !channel.isOpen();
  }

  @Override
  String unanswered() {
    return tunnel.toString();
  }

  @Override
  void onBytes() {
    tunnel.hear(in.rest());
    if (channel.outputEnded() && !tunnel.heardEnd()) {
      tunnel.hearEnd();
    }
    if (tunnel.heardAll() && manner == Manner.WAITS) {
      closeWhenSent();
    }
  }

  /// Between peers that behaved, every byte has arrived that was said to somebody who stayed.
  void checkComplete() {
    var to = service;
    if (to == null || to.silent || disturbed() || to.disturbed()) {
      return;
    }
    if (age.compareTo(PATIENCE) >= 0) {
      return; // ended by its timeout, or by that of a listener that is gone
    }
    var far = to.tunnel();
    if (!to.goesEarly()) {
      assertThat(far.heardAll())
          .as("the service has not heard everything from a client that %s: %s", manner, far)
          .isTrue();
    }
    if (manner != Manner.GOES) {
      assertThat(tunnel.heard())
          .as("the client has not heard everything: %s of %s", tunnel, far)
          .isEqualTo(far.said());
    }
  }
}

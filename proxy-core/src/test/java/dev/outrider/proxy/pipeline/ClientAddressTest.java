package dev.outrider.proxy.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.IpAddress;
import dev.outrider.proxy.cluster.IpRange;
import dev.outrider.proxy.config.AddressDetection;
import dev.outrider.proxy.config.ForwardingOptions;
import dev.outrider.proxy.config.InternalAddresses;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientAddressTest {
  private static final HeaderName REAL = HeaderName.of("x-real-ip");
  private static final IpRange OURS =
      new IpRange(Objects.requireNonNull(IpAddress.parse("10.0.0.0")), 8);
  private static final InternalAddresses INTERNAL = new InternalAddresses(true, List.of(OURS));

  private final HeadStores stores = new HeadStores();

  private static ForwardingOptions edge(int hops, boolean skip) {
    return new ForwardingOptions(true, hops, skip, false, INTERNAL, List.of(), "", null, "");
  }

  private static ForwardingOptions behind(AddressDetection... detections) {
    return new ForwardingOptions(
        false, 0, false, false, INTERNAL, List.of(detections), "", null, "");
  }

  /// Address, and whether it is internal and is appended.
  private String look(ForwardingOptions options, HostPort peer, String forwarded, String real) {
    var head = stores.take(HeadKind.REQUEST);
    if (!forwarded.isEmpty()) {
      head.set(HeaderNames.X_FORWARDED_FOR, forwarded);
    }
    if (!real.isEmpty()) {
      head.set(REAL, real);
    }
    var client = new ClientAddress(options);
    var status = client.look(head, peer);
    head.release();
    assertThat(stores.outstanding()).isZero();
    if (status != 0) {
      return "refused " + status;
    }
    var found = client.found();
    return (found == null ? "nobody" : found.host())
        + (client.internal() ? " internal" : "")
        + (client.appended() ? " appended" : "");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1.1.1.1, '', 1.1.1.1 appended",
    "0, 10.9.9.9, '', 10.9.9.9 internal appended",
    "0, 10.9.9.9, 2.2.2.2, 10.9.9.9 appended",
    "1, 1.1.1.1, '', 1.1.1.1 appended",
    "1, 1.1.1.1, '2.2.2.2, 3.3.3.3', 3.3.3.3 appended",
    "2, 1.1.1.1, '2.2.2.2, 3.3.3.3', 2.2.2.2 appended",
    "3, 1.1.1.1, '2.2.2.2, 3.3.3.3', 1.1.1.1 appended",
    "1, 1.1.1.1, junk, 1.1.1.1 appended",
  })
  void atTheEdgeThePeerIsTheClientUnlessProxiesOfOurOwnStandBetween(
      int hops, String peer, String forwarded, String expected) {
    assertThat(look(edge(hops, false), new HostPort(peer, 1), forwarded, "")).isEqualTo(expected);
    assertThat(look(edge(hops, true), new HostPort(peer, 1), forwarded, ""))
        .isEqualTo(expected.replace(" appended", ""));
  }

  @ParameterizedTest
  @CsvSource({
    "0, '', nobody",
    "0, 2.2.2.2, 2.2.2.2",
    "0, 10.2.2.2, 10.2.2.2 internal",
    "0, '2.2.2.2,10.2.2.2', 10.2.2.2",
    "0, ' 2.2.2.2 ,  fe80::1 ', fe80::1",
    "0, '2.2.2.2,', nobody",
    "1, '10.2.2.2,3.3.3.3', 10.2.2.2",
    "1, 10.2.2.2, nobody",
  })
  void behindProxiesTheListSaysWhoTheClientIs(int hops, String forwarded, String expected) {
    var options = behind(new AddressDetection.Forwarded(hops, List.of(), false));

    assertThat(look(options, new HostPort("9.9.9.9", 1), forwarded, "")).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "1.1.1.1, 2.2.2.2, nobody",
    "10.1.1.1, '1.1.1.1, 2.2.2.2, 10.3.3.3', 2.2.2.2 appended",
    "10.1.1.1, 10.2.2.2, 10.2.2.2 internal appended",
    "10.1.1.1, '10.2.2.2, 10.3.3.3', 10.2.2.2 appended",
    "10.1.1.1, 'junk, 10.3.3.3', 10.3.3.3 appended",
    "10.1.1.1, '', nobody appended",
  })
  void ourOwnProxiesArePassedOver(String peer, String forwarded, String expected) {
    var options = behind(new AddressDetection.Forwarded(0, List.of(OURS), true));

    assertThat(look(options, new HostPort(peer, 1), forwarded, "")).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "false, 0, 10.2.2.2, 10.2.2.2",
    "true, 0, 10.2.2.2, 10.2.2.2 internal",
    "true, 0, junk, nobody",
    "true, 401, junk, refused 401",
    "true, 401, '', refused 401",
  })
  void aHeaderOfItsOwnSaysWhoTheClientIs(
      boolean trusted, int status, String real, String expected) {
    var options = behind(new AddressDetection.Header(REAL, trusted, status));

    assertThat(look(options, new HostPort("9.9.9.9", 1), "", real)).isEqualTo(expected);
  }

  @Test
  void theFirstThatKnowsIsBelieved() {
    var options =
        behind(
            new AddressDetection.Header(REAL, false, 0),
            new AddressDetection.Forwarded(0, List.of(), false));

    assertThat(look(options, new HostPort("9.9.9.9", 1), "1.1.1.1", "2.2.2.2"))
        .isEqualTo("2.2.2.2");
    assertThat(look(options, new HostPort("9.9.9.9", 1), "1.1.1.1", "")).isEqualTo("1.1.1.1");
  }

  @Test
  void aUnixSocketIsInternalIfSoConfigured() {
    assertThat(look(edge(0, false), HostPort.pipe("/run/x"), "", ""))
        .isEqualTo("/run/x internal appended");
  }
}

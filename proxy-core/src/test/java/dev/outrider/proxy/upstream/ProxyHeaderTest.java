package dev.outrider.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.ClusterShared;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.ProxyHeaderSpec;
import dev.outrider.proxy.cluster.ProxyTlv;
import dev.outrider.proxy.cluster.SharedClusters;
import dev.outrider.proxy.cluster.TlvChoice;
import dev.outrider.proxy.metrics.MetricRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ProxyHeaderTest {
  private static final TlvChoice ALL = new TlvChoice(true, Set.of());
  private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
  private static final ProxiedClient CLIENT = client("1.2.3.4", "5.6.7.8");

  private final ClusterShared shared =
      new SharedClusters(new MetricRegistry(1))
          .added(Cluster.withDefaults("c", new Discovery.Eds("c")));

  /// Between two addresses of its own.
  private static final class Socket extends EmbeddedChannel {
    @Override
    protected SocketAddress localAddress0() {
      return new InetSocketAddress("10.0.0.1", 1000);
    }

    @Override
    protected SocketAddress remoteAddress0() {
      return new InetSocketAddress("10.0.0.2", 80);
    }
  }

  private static ProxiedClient client(String source, String destination, ProxyTlv... tlvs) {
    return new ProxiedClient(
        new HostPort(source, 1111), new HostPort(destination, 7), List.of(tlvs));
  }

  private static ProxyTlv tlv(int type, String value) {
    return new ProxyTlv(type, value.getBytes(StandardCharsets.US_ASCII));
  }

  private byte[] sent(
      ProxyHeaderSpec spec, List<ProxyTlv> ofEndpoint, @Nullable ProxiedClient client) {
    var channel = new Socket();
    var length = new ProxyHeader(spec, ofEndpoint, client).send(channel, shared);
    ByteBuf bytes = channel.readOutbound();
    var sent = ByteBufUtil.getBytes(bytes);
    bytes.release();
    channel.finishAndReleaseAll();
    assertThat(sent).hasSize(length);
    return sent;
  }

  private String text(@Nullable ProxiedClient client) {
    return new String(
        sent(new ProxyHeaderSpec(false, TlvChoice.NONE, List.of()), List.of(), client),
        StandardCharsets.US_ASCII);
  }

  private String binary(
      TlvChoice passed,
      List<ProxyTlv> added,
      List<ProxyTlv> ofEndpoint,
      @Nullable ProxiedClient client) {
    var hex =
        ByteBufUtil.hexDump(sent(new ProxyHeaderSpec(true, passed, added), ofEndpoint, client));
    assertThat(hex).startsWith(SIGNATURE);
    return hex.substring(SIGNATURE.length());
  }

  private long tooLong() {
    return shared
        .stats(ProxyHeaderStats.TEMPLATE, ProxyHeaderStats.SUFFIX)
        .value(ProxyHeaderStats.TOO_LONG);
  }

  @Test
  void namesTheClientInWords() {
    assertThat(text(CLIENT)).isEqualTo("PROXY TCP4 1.2.3.4 5.6.7.8 1111 7\r\n");
    assertThat(text(client("1:2::1", "1:2::2"))).isEqualTo("PROXY TCP6 1:2::1 1:2::2 1111 7\r\n");
  }

  @Test
  void namesItsOwnEndsInWordsIfItIsNobodys() {
    assertThat(text(null)).isEqualTo("PROXY TCP4 10.0.0.1 10.0.0.2 1000 80\r\n");
  }

  @Test
  void aClientWithoutAnAddressIsUnknown() {
    var pipe = new ProxiedClient(HostPort.pipe("/tmp/a"), HostPort.pipe("/tmp/a"), List.of());

    assertThat(text(pipe)).isEqualTo("PROXY UNKNOWN\r\n");
    assertThat(binary(ALL, List.of(), List.of(), pipe)).isEqualTo("20000000");
  }

  @Test
  void namesTheClientInBytes() {
    assertThat(binary(ALL, List.of(), List.of(), CLIENT))
        .isEqualTo("2111000c" + "01020304" + "05060708" + "0457" + "0007");
    assertThat(binary(ALL, List.of(), List.of(), client("1:2::1", "1:2::2")))
        .isEqualTo(
            "21210024"
                + "00010002000000000000000000000001"
                + "00010002000000000000000000000002"
                + "04570007");
  }

  @Test
  void addressesOfTwoFamiliesAreGivenInTheWiderOne() {
    assertThat(binary(ALL, List.of(), List.of(), client("1.2.3.4", "1:2::2")))
        .startsWith("21210024" + "00000000000000000000ffff01020304");
  }

  @Test
  void isLocalIfItIsNobodys() {
    assertThat(binary(ALL, List.of(tlv(1, "a")), List.of(), null)).isEqualTo("20000000");
  }

  @Test
  void eachTypeIsSaidByTheFirstWhoHasIt() {
    var client = client("1.2.3.4", "5.6.7.8", tlv(1, "c"), tlv(2, "c"), tlv(3, "c"), tlv(3, "d"));

    var header = binary(ALL, List.of(tlv(1, "b"), tlv(2, "b")), List.of(tlv(1, "a")), client);

    assertThat(header)
        .isEqualTo(
            "2111001c"
                + "0102030405060708"
                + "04570007"
                + "01000161"
                + "02000162"
                + "03000163"
                + "03000164");
  }

  @Test
  void passesOnlyWhatIsChosen() {
    var client = client("1.2.3.4", "5.6.7.8", tlv(1, "a"), tlv(2, "b"));

    assertThat(binary(new TlvChoice(false, Set.of(2)), List.of(), List.of(), client))
        .endsWith("04570007" + "02000162");
    assertThat(binary(TlvChoice.NONE, List.of(), List.of(), client)).endsWith("04570007");
  }

  @Test
  void leavesOutAndCountsWhatFindsNoRoom() {
    var most = 0xffff - 12 - 3;
    var fits = client("1.2.3.4", "5.6.7.8", new ProxyTlv(1, new byte[most]));
    assertThat(binary(ALL, List.of(), List.of(), fits)).startsWith("2111ffff");
    assertThat(tooLong()).isZero();

    var more = client("1.2.3.4", "5.6.7.8", new ProxyTlv(1, new byte[most]), tlv(2, ""));

    assertThat(binary(ALL, List.of(), List.of(), more)).startsWith("2111ffff");
    assertThat(tooLong()).isOne();
  }
}

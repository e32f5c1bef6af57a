package dev.outrider.proxy.downstream.arrival;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.ProxyTlv;
import dev.outrider.proxy.cluster.TlvChoice;
import dev.outrider.proxy.config.ListenerFilter;
import dev.outrider.proxy.config.ListenerFilters;
import dev.outrider.proxy.downstream.arrival.ArrivalFilter.Outcome;
import dev.outrider.proxy.listener.PortPredicate;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatValue;
import dev.outrider.proxy.stream.Detected;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What each answers was seen in Envoy 1.40.
class ArrivalFiltersTest {
  private static final HostPort LOCAL = new HostPort("10.0.0.9", 80);
  private static final HostPort PEER = new HostPort("10.0.0.1", 4444);
  private static final ListenerFilter TLS = new ListenerFilter.TlsInspector(false);
  private static final ListenerFilter HTTP = new ListenerFilter.HttpInspector();
  private static final ListenerFilter PROXY =
      new ListenerFilter.ProxyProtocol(false, true, true, TlvChoice.NONE, "");
  private static final ListenerFilter OPTIONAL =
      new ListenerFilter.ProxyProtocol(true, true, false, TlvChoice.NONE, "x");

  private final MetricRegistry registry = new MetricRegistry(1);

  /// What one filter made of a connection.
  private record Seen(Outcome outcome, Arrival arrival, String rest) {
    Detected detected() {
      return arrival.detected();
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /// Shows the bytes in pieces of that size.
  private Seen look(ListenerFilter config, byte[] bytes, int piece) {
    var filters =
        new ArrivalFilters(
            new ListenerFilters(
                List.of(new ListenerFilters.Entry(config, PortPredicate.NEVER)), 0, false, false),
            Map.of(),
            registry,
            0);
    var arrival = new Arrival(LOCAL, PEER, () -> null);
    var filter = filters.filter(0, arrival);
    ByteBuf buffer = Unpooled.buffer();
    var outcome = filter.look(arrival, buffer);
    for (var at = 0; outcome == Outcome.MORE && at < bytes.length; at += piece) {
      buffer.writeBytes(bytes, at, Math.min(piece, bytes.length - at));
      outcome = filter.look(arrival, buffer);
    }
    return new Seen(outcome, arrival, buffer.toString(StandardCharsets.ISO_8859_1));
  }

  /// Whole and split everywhere, with the same result.
  private Seen look(ListenerFilter config, byte[] bytes) {
    var whole = look(config, bytes, bytes.length);
    var split = look(config, bytes, 1);
    assertThat(split.outcome).isEqualTo(whole.outcome);
    assertThat(split.detected()).isEqualTo(whole.detected());
    assertThat(split.arrival.addresses()).isEqualTo(whole.arrival.addresses());
    return whole;
  }

  private long stat(String name) {
    return registry.snapshot().stream()
        .filter(value -> value instanceof StatValue.Scalar scalar && scalar.name().equals(name))
        .mapToLong(value -> ((StatValue.Scalar) value).value())
        .sum();
  }

  // ---- TLS

  private static byte[] vector(int lengthBytes, byte[]... parts) {
    var content = Unpooled.wrappedBuffer(parts);
    var bytes = Unpooled.buffer();
    switch (lengthBytes) {
      case 1 -> bytes.writeByte(content.readableBytes());
      case 2 -> bytes.writeShort(content.readableBytes());
      default -> bytes.writeMedium(content.readableBytes());
    }
    return ByteBufUtil.getBytes(bytes.writeBytes(content));
  }

  private static byte[] extension(int type, byte[] content) {
    return ByteBufUtil.getBytes(
        Unpooled.wrappedBuffer(new byte[] {(byte) (type >> 8), (byte) type}, vector(2, content)));
  }

  private static byte[] serverName(String name) {
    return extension(0, vector(2, new byte[1], vector(2, ascii(name))));
  }

  private static byte[] hello(byte[]... extensions) {
    return hello(1 << 14, extensions);
  }

  /// A ClientHello in records of at most that size.
  private static byte[] hello(int recordBytes, byte[]... extensions) {
    var body =
        Unpooled.wrappedBuffer(
            new byte[] {3, 3},
            new byte[32],
            vector(1, new byte[32]),
            vector(2, new byte[] {0x13, 1}),
            vector(1, new byte[1]),
            vector(2, ByteBufUtil.getBytes(Unpooled.wrappedBuffer(extensions))));
    var message =
        ByteBufUtil.getBytes(
            Unpooled.wrappedBuffer(new byte[] {1}, vector(3, ByteBufUtil.getBytes(body))));
    var out = new ByteArrayOutputStream();
    for (var at = 0; at < message.length; at += recordBytes) {
      var length = Math.min(recordBytes, message.length - at);
      try {
        var data = new DataOutputStream(out);
        data.write(new byte[] {22, 3, 1});
        data.writeShort(length);
        data.write(message, at, length);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
    return out.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(ints = {1 << 14, 100, 7, 1})
  void readsTheNamesInAClientHello(int recordBytes) {
    var alpn = extension(16, vector(2, vector(1, ascii("h2")), vector(1, ascii("http/1.1"))));

    var seen =
        look(TLS, hello(recordBytes, extension(10, new byte[4]), serverName("A.Example"), alpn));

    assertThat(seen.outcome).isEqualTo(Outcome.DONE);
    assertThat(seen.detected())
        .isEqualTo(new Detected("tls", "a.example", List.of("h2", "http/1.1")));
    assertThat(stat("tls_inspector.tls_found")).isEqualTo(2);
    assertThat(stat("tls_inspector.sni_found")).isEqualTo(2);
    assertThat(stat("tls_inspector.alpn_found")).isEqualTo(2);
  }

  @Test
  void knowsTlsWithoutNames() {
    var seen = look(TLS, hello());

    assertThat(seen.detected()).isEqualTo(new Detected("tls", "", List.of()));
    assertThat(stat("tls_inspector.sni_not_found")).isEqualTo(2);
    assertThat(stat("tls_inspector.alpn_not_found")).isEqualTo(2);
  }

  @Test
  void leavesEverythingElseToItsChain() {
    for (var other :
        List.of(
            ascii("GET / HTTP/1.1\r\n"),
            new byte[] {22, 2, 1, 0, 9},
            new byte[] {22, 3, 1, 0, 4, 2, 0, 0, 0},
            hello(extension(0, new byte[] {0, 9})),
            hello(serverName("")),
            hello(serverName("a\0b")),
            hello(serverName("a".repeat(256))),
            hello(new byte[] {0, 16, 0}))) {
      var seen = look(TLS, other);

      assertThat(seen.outcome).isEqualTo(Outcome.DONE);
      assertThat(seen.detected()).isEqualTo(Detected.NOTHING);
    }
    assertThat(stat("tls_inspector.tls_not_found")).isEqualTo(16);
    assertThat(look(new ListenerFilter.TlsInspector(true), ascii("plain text"), 99).outcome)
        .isEqualTo(Outcome.CLOSE);
  }

  @Test
  void waitsForTheRestOfAClientHello() {
    var whole = hello(serverName("a.b"));

    var seen = look(TLS, java.util.Arrays.copyOf(whole, whole.length - 1));

    assertThat(seen.outcome).isEqualTo(Outcome.MORE);
  }

  @Test
  void givesUpOnAClientHelloThatIsTooLarge() {
    var seen = look(TLS, hello(1, extension(21, new byte[12_000])), 1 << 12);

    assertThat(seen.outcome).isEqualTo(Outcome.CLOSE);
    assertThat(stat("tls_inspector.client_hello_too_large")).isEqualTo(1);
  }

  // ---- HTTP

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET / HTTP/1.1\\r\\n | http/1.1",
        "FOO / HTTP/1.1\\r\\n | http/1.1",
        "GET / HTTP/1.1\\n | http/1.1",
        "GET / HTTP/1.0\\r\\n | http/1.0",
        "GET / HTTP/1.2\\r\\n | http/1.0",
        "GET / HTTP/2.0\\r\\n | http/1.0",
        "GET /\\r\\n | http/1.0",
        "PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n | h2c",
        "SSH-2.0-x\\r\\n | ''",
        "GET / HTTX\\r\\n | ''",
        "\\r\\nGET / HTTP/1.1\\r\\n | ''",
        "\\1\\2 | ''",
      })
  void tellsVersionsOfHttp(String text, String protocol) {
    var bytes = ascii(text.translateEscapes());

    var seen = look(HTTP, bytes);

    assertThat(seen.outcome).isEqualTo(Outcome.DONE);
    assertThat(seen.detected().applicationProtocols())
        .isEqualTo(protocol.isEmpty() ? List.of() : List.of(protocol));
  }

  @Test
  void waitsForALine() {
    assertThat(look(HTTP, ascii("GE")).outcome).isEqualTo(Outcome.MORE);
    assertThat(look(HTTP, ascii("PRI * HT")).outcome).isEqualTo(Outcome.MORE);
    assertThat(look(HTTP, ascii("A".repeat(1 << 16)), 1 << 12).outcome).isEqualTo(Outcome.DONE);
    assertThat(stat("http_inspector.http_not_found")).isEqualTo(1);
  }

  // ---- PROXY

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PROXY TCP4 1.2.3.4 5.6.7.8 1111 7 | 1.2.3.4:1111 | 5.6.7.8:7",
        "PROXY TCP6 1:2::1 1:2::2 1111 7 | [1:2::1]:1111 | [1:2::2]:7",
        "PROXY UNKNOWN | 10.0.0.1:4444 | 10.0.0.9:80",
        "PROXY UNKNOWN 1.2.3.4 5.6.7.8 1111 7 | 10.0.0.1:4444 | 10.0.0.9:80",
      })
  void readsTheTextForm(String line, String remote, String local) {
    var seen = look(PROXY, ascii(line + "\r\nabc"));

    assertThat(seen.outcome).isEqualTo(Outcome.DONE);
    assertThat(seen.arrival.addresses().remote().text()).isEqualTo(remote);
    assertThat(seen.arrival.addresses().local().text()).isEqualTo(local);
    assertThat(seen.arrival.addresses().directRemote()).isEqualTo(PEER);
    assertThat(seen.rest).isEqualTo("abc");
    assertThat(stat("proxy_proto.versions.v1.found")).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PROXY TCP4 1.2.3.4 5.6.7.8 1111",
        "PROXY TCP4 1.2.3.400 5.6.7.8 1111 7",
        "PROXY TCP4 1.2.3.4 5.6.7.8 1111 70000",
        "PROXY TCP4 ::1 ::2 1111 7",
        "PROXY TCP4 224.0.0.1 5.6.7.8 1111 7",
        "PROXY TCP4 0.0.0.0 5.6.7.8 1111 7",
        "PROXY TCP4 255.255.255.255 5.6.7.8 1111 7",
        "PROXY TCP4  1.2.3.4 5.6.7.8 1111 7",
        "PROXY UDP4 1.2.3.4 5.6.7.8 1111 7",
        "PROXY",
      })
  void refusesABadTextForm(String line) {
    assertThat(look(PROXY, ascii(line + "\r\nabc")).outcome).isEqualTo(Outcome.CLOSE);
    assertThat(stat("proxy_proto.versions.v1.error")).isEqualTo(2);
    assertThat(stat("downstream_cx_proxy_proto_error")).isEqualTo(2);
  }

  @Test
  void wantsTheHeader() {
    assertThat(look(PROXY, ascii("hello, who are you?")).outcome).isEqualTo(Outcome.CLOSE);
    assertThat(look(PROXY, ascii("PROXY TCP4 " + "1".repeat(120))).outcome)
        .isEqualTo(Outcome.CLOSE);
    assertThat(stat("proxy_proto.not_found_disallowed")).isEqualTo(4);
    assertThat(look(PROXY, ascii("hello")).outcome).isEqualTo(Outcome.MORE);
    assertThat(look(PROXY, ascii("PROXY TCP4 1.2.3.4 5.6.7.8 1111 7\nabc")).outcome)
        .isEqualTo(Outcome.MORE);
  }

  @Test
  void doesWithoutTheHeaderIfItMay() {
    assertThat(look(OPTIONAL, ascii("hello")).outcome).isEqualTo(Outcome.DONE);
    assertThat(look(OPTIONAL, ascii("PROFESSOR")).rest).isEqualTo("PROFESSOR");
    assertThat(look(OPTIONAL, binary(1, 0x11, V4, "abc")).outcome).isEqualTo(Outcome.DONE);
    assertThat(stat("proxy_proto.x.not_found_allowed")).isEqualTo(6);
    assertThat(look(OPTIONAL, ascii("P")).outcome).isEqualTo(Outcome.MORE);
    assertThat(look(OPTIONAL, ascii("PROXY TCP4 1.2.3.4\r\n")).outcome).isEqualTo(Outcome.CLOSE);
  }

  @Test
  void keepsWhatIsToGoOn() {
    var some = new TlvChoice(false, Set.of(2));
    var filter = new ListenerFilter.ProxyProtocol(false, true, true, some, "");
    var said = V4 + "\1\0\1a" + "\2\0\2bc" + "\2\0\0";

    assertThat(look(filter, binary(1, 0x11, said, "")).arrival.addresses().tlvs())
        .containsExactly(new ProxyTlv(2, ascii("bc")), new ProxyTlv(2, new byte[0]));
    assertThat(look(PROXY, binary(1, 0x11, said, "")).arrival.addresses().tlvs()).isEmpty();
  }

  @Test
  void refusesVersionsThatAreNotAllowed() {
    var binaryOnly = new ListenerFilter.ProxyProtocol(false, false, true, TlvChoice.NONE, "");
    var textOnly = new ListenerFilter.ProxyProtocol(false, true, false, TlvChoice.NONE, "");

    assertThat(look(binaryOnly, ascii("PROXY UNKNOWN\r\n")).outcome).isEqualTo(Outcome.CLOSE);
    assertThat(look(textOnly, binary(1, 0x11, V4, "")).outcome).isEqualTo(Outcome.CLOSE);
    assertThat(stat("proxy_proto.versions.v1.disallowed")).isEqualTo(2);
    assertThat(stat("proxy_proto.versions.v2.disallowed")).isEqualTo(2);
  }

  private static final String V4 = "\1\2\3\4\5\6\7\10\4\127\0\7";

  private static byte[] binary(int command, int family, String content, String rest) {
    return ascii(
        "\r\n\r\n\0\r\nQUIT\n"
            + (char) (command < 16 ? 0x20 | command : command)
            + (char) family
            + (char) (content.length() >> 8)
            + (char) (content.length() & 0xff)
            + content
            + rest);
  }

  private void good(byte[] header, String remote, String local) {
    var seen = look(PROXY, header);
    assertThat(seen.outcome).isEqualTo(Outcome.DONE);
    assertThat(seen.arrival.addresses().remote().text()).isEqualTo(remote);
    assertThat(seen.arrival.local().text()).isEqualTo(local);
    assertThat(look(PROXY, header, header.length).rest).isEqualTo("abc");
  }

  @Test
  void readsTheBinaryForm() {
    var v6 = "\0".repeat(15) + "\1" + "\0".repeat(15) + "\2\4\127\0\7";

    good(binary(1, 0x11, V4, "abc"), "1.2.3.4:1111", "5.6.7.8:7");
    good(binary(1, 0x12, V4, "abc"), "1.2.3.4:1111", "5.6.7.8:7");
    good(binary(1, 0x11, V4 + "\2\0\3foo", "abc"), "1.2.3.4:1111", "5.6.7.8:7");
    good(binary(1, 0x21, v6, "abc"), "[::1]:1111", "[::2]:7");
    good(binary(0, 0, "", "abc"), PEER.text(), LOCAL.text());
    good(binary(0, 0x11, V4, "abc"), PEER.text(), LOCAL.text());
    assertThat(stat("proxy_proto.versions.v2.found")).isEqualTo(18);
  }

  @Test
  void refusesABadBinaryForm() {
    for (var header :
        List.of(
            binary(1, 0x11, V4 + "\2\0\11foo", "abc"),
            binary(1, 0x11, V4 + "\2\0", "abc"),
            binary(1, 0, "", "abc"),
            binary(1, 0x31, "\0".repeat(216), "abc"),
            binary(1, 0x11, V4.substring(4), "abc"),
            binary(0x31, 0x11, V4, "abc"),
            binary(2, 0x11, V4, "abc"))) {
      assertThat(look(PROXY, header).outcome).isEqualTo(Outcome.CLOSE);
    }
    assertThat(stat("proxy_proto.versions.v2.error")).isEqualTo(14);
  }

  // ---- all

  @Test
  void findsWhereARedirectedConnectionWasToGo() {
    var meant = new HostPort("1.2.3.4", 443);
    var arrival = new Arrival(LOCAL, PEER, () -> meant);

    new OriginalDst().look(arrival, Unpooled.EMPTY_BUFFER);

    assertThat(arrival.local()).isEqualTo(meant);
    assertThat(arrival.localRestored()).isTrue();
  }

  @Test
  void passesConnectionsByForWhichItIsDisabled() {
    var filters =
        new ArrivalFilters(
            new ListenerFilters(
                List.of(new ListenerFilters.Entry(PROXY, new PortPredicate.Range(80, 81))),
                0,
                false,
                false),
            Map.of(),
            registry,
            0);
    BiConsumer<Integer, Outcome> expect =
        (port, outcome) -> {
          var arrival = new Arrival(new HostPort("10.0.0.9", port), PEER, () -> null);
          assertThat(filters.filter(0, arrival).look(arrival, Unpooled.EMPTY_BUFFER))
              .isEqualTo(outcome);
        };

    expect.accept(80, Outcome.DONE);
    expect.accept(81, Outcome.MORE);
    filters.release();
    assertThat(stat("proxy_proto.versions.v1.found")).isZero();
  }
}

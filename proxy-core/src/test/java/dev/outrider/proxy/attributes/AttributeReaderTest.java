package dev.outrider.proxy.attributes;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.Locality;
import dev.outrider.proxy.cluster.Metadata;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.stream.ConnectionInfo;
import dev.outrider.proxy.stream.FilterState;
import dev.outrider.proxy.stream.ListenerInfo;
import dev.outrider.proxy.stream.ResponseFlag;
import dev.outrider.proxy.stream.StreamInfo;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AttributeReaderTest {
  private static final Node NODE = Node.newBuilder().setId("n1").setCluster("c1").build();
  private static final AttributeReader READER =
      new AttributeReader(new AttributeRoots("p0", "r0", "", NODE.toByteArray()));

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] path(String dotted) {
    return bytes(dotted.replace('/', '\0'));
  }

  private static AttributeKind kind(String dotted, @Nullable StreamInfo info) {
    var path = path(dotted);
    return READER.read(path, 0, path.length, info, new ValueBuffer());
  }

  private static byte[] value(byte[] path, @Nullable StreamInfo info) {
    var out = new ValueBuffer(1);
    // Inside a bigger array, as guests give it.
    var memory = new byte[path.length + 9];
    System.arraycopy(path, 0, memory, 5, path.length);
    assertThat(READER.read(memory, 5, path.length, info, out))
        .isNotIn(AttributeKind.ABSENT, AttributeKind.GROUP);
    return out.toBytes();
  }

  private static String text(String dotted, @Nullable StreamInfo info) {
    return new String(value(path(dotted), info), StandardCharsets.UTF_8);
  }

  private static long number(String dotted, StreamInfo info) {
    var bytes = value(path(dotted), info);
    assertThat(bytes).hasSize(8);
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
  }

  @ParameterizedTest
  @CsvSource({
    "request/path,/a/x?q=1",
    "request/url_path,/a/x",
    "request/query,q=1",
    "request/host,example.test",
    "request/scheme,http",
    "request/method,GET",
    "request/id,454900df-95a2-454e-874d-7f02bc2d03bd",
    "request/protocol,HTTP/1.1",
    "request/headers/X-Request-Id,454900df-95a2-454e-874d-7f02bc2d03bd",
    "request/headers/:method,GET",
    "response/headers/:status,200",
    "response/code_details,via_upstream",
    "source/address,127.0.0.1:55123",
    "destination/address,127.0.0.1:20600",
    "upstream/address,127.0.0.1:20610",
    "upstream/local_address,127.0.0.1:40000",
    "xds/cluster_name,service_a",
    "xds/virtual_host_name,vh",
    "plugin_name,p0",
    "plugin_root_id,r0"
  })
  void readsTexts(String path, String expected) {
    // The path is written with slashes for NULs, and the value may hold slashes of its own.
    assertThat(text(path, Streams.proxied())).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "request/headers_bytes,104",
    "request/time,1795364167618321000",
    "request/size,0",
    "request/total_size,104",
    "request/duration,6400000",
    "response/code,200",
    "response/flags,0",
    "response/size,176",
    "response/backend_latency,3000000",
    "connection/id,42",
    "connection_id,42",
    "source/port,55123",
    "destination/port,20600",
    "upstream/port,20610",
    "upstream/request_attempt_count,1",
    "xds/listener_direction,0",
    "listener_direction,0"
  })
  void readsNumbersAsEightBytes(String path, long expected) {
    assertThat(number(path, Streams.proxied())).isEqualTo(expected);
  }

  @Test
  void readsFlagsAsABitSet() {
    var info = Streams.begun();
    info.flags().raise(ResponseFlag.NO_ROUTE_FOUND);

    assertThat(number("response/flags", info)).isEqualTo(256);
  }

  @Test
  void takesTheDeclaredSizeOverTheCountedOne() {
    var info = Streams.begun();
    info.sizes().addRequestBody(3);
    assertThat(number("request/size", info)).isEqualTo(3);

    info.requestHead(Streams.head(HeadKind.REQUEST, "content-length", "10"));

    assertThat(number("request/size", info)).isEqualTo(10);
  }

  @Test
  void joinsTheLinesOfOneHeader() {
    var info = Streams.begun();
    info.requestHead(Streams.head(HeadKind.REQUEST, "x-a", "1", "x-b", "-", "x-a", "2"));

    assertThat(text("request/headers/x-a", info)).isEqualTo("1,2");
    assertThat(kind("request/headers/x-none", info)).isEqualTo(AttributeKind.ABSENT);
  }

  @Test
  void readsAllHeadersAsPairs() {
    var info = Streams.begun();
    info.responseTrailers(Streams.head(HeadKind.TRAILERS, "a", "b", "cd", ""));

    assertThat(value(path("response/trailers"), info))
        .isEqualTo(
            new byte[] {
              2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 'a', 0, 'b', 0, 'c', 'd',
              0, 0
            });
  }

  @Test
  void takesATrailingNulAsATerminator() {
    assertThat(
            new String(value(path("request/method/"), Streams.proxied()), StandardCharsets.UTF_8))
        .isEqualTo("GET");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "plugin_vm_id",
        "connection/requested_server_name",
        "metadata",
        "xds/route_metadata",
        "xds/filter_chain_name",
        "xds/node/user_agent_version"
      })
  void findsSomeValuesThatAreEmpty(String path) {
    assertThat(value(path(path), Streams.begun())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cluster_name",
        "cluster_metadata",
        "route_name",
        "upstream_host_metadata",
        "upstream/address",
        "upstream/local_address",
        "upstream/port",
        "upstream/local_port",
        "upstream/transport_failure_reason",
        "upstream/cx_pool_ready_duration",
        "upstream/locality",
        "upstream/locality/region",
        "upstream_filter_state",
        "upstream_filter_state/a",
        "xds/cluster_metadata",
        "xds/upstream_host_metadata",
        "xds/upstream_host_locality_metadata",
        "xds/nothing",
        "connection/termination_details",
        "connection/transport_failure_reason",
        "response/backend_latency",
        "response/code_details",
        "connection_id/x",
        "plugin_name/x",
        "response/code",
        "response/grpc_status",
        "request/duration",
        "request/path",
        "request/nothing",
        "request/headers/x",
        "connection/tls_version",
        "metadata/filter_metadata/a",
        "filter_state/none",
        "nothing/at/all"
      })
  void findsNothingWhereThereIsNothing(String path) {
    assertThat(kind(path, Streams.begun())).isEqualTo(AttributeKind.ABSENT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "request",
        "response",
        "connection",
        "source",
        "destination",
        "xds",
        "upstream",
        "filter_state",
        "upstream_filter_state"
      })
  void cannotSerialiseAGroup(String path) {
    assertThat(kind(path, Streams.proxied())).isEqualTo(AttributeKind.GROUP);
  }

  @Test
  void readsWhatGuestsStored() {
    var info = Streams.begun();
    info.filterState()
        .set(new FilterState.Entry(bytes("wasm.user"), bytes("alice"), FilterState.Shape.DEFAULT));
    info.filterState()
        .set(new FilterState.Entry(bytes("wasm.a\0b"), bytes("x"), FilterState.Shape.DEFAULT));
    info.connection()
        .state()
        .set(new FilterState.Entry(bytes("wasm.peer"), bytes("bob"), FilterState.Shape.DEFAULT));

    assertThat(text("user", info)).isEqualTo("alice");
    assertThat(text("filter_state/wasm.user", info)).isEqualTo("alice");
    assertThat(text("peer", info)).isEqualTo("bob");
    assertThat(kind("a/b", info)).isEqualTo(AttributeKind.ABSENT);
  }

  @Test
  void readsOnlyFixedNamesOutsideOfAStream() {
    assertThat(text("plugin_name", null)).isEqualTo("p0");
    assertThat(value(path("xds/node"), null)).isEqualTo(NODE.toByteArray());
    assertThat(text("xds/node/id", null)).isEqualTo("n1");
    assertThat(text("node/id", null)).isEqualTo("n1");
    assertThat(kind("xds/listener_direction", null)).isEqualTo(AttributeKind.ABSENT);
    assertThat(kind("request/path", null)).isEqualTo(AttributeKind.ABSENT);
  }

  @Test
  void leavesTheBufferAloneIfNothingIsFound() {
    var out = new ValueBuffer();
    var path = path("response/code_details");

    READER.read(path, 0, path.length, Streams.begun(), out);

    assertThat(out.size()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "request/path,TEXT",
    "request/time,TIME",
    "request/duration,DURATION",
    "request/size,INT",
    "request/headers,MAP",
    "request/headers/x-request-id,TEXT",
    "connection/id,UINT",
    "connection/mtls,BOOL",
    "connection/peer_certificate_valid,BOOL",
    "upstream/num_endpoints,UINT",
    "metadata,MESSAGE",
    "metadata/filter_metadata,MAP",
    "xds/node,MESSAGE",
    "node,MESSAGE"
  })
  void saysHowTheBytesAreToBeRead(String path, AttributeKind expected) {
    assertThat(kind(path, Streams.proxied())).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tls_version",
        "subject_local_certificate",
        "subject_peer_certificate",
        "uri_san_local_certificate",
        "uri_san_peer_certificate",
        "dns_san_local_certificate",
        "dns_san_peer_certificate",
        "sha256_peer_certificate_digest",
        "peer_certificate"
      })
  void findsNothingOfTlsWithoutIt(String name) {
    assertThat(kind("connection/" + name, Streams.proxied())).isEqualTo(AttributeKind.ABSENT);
    assertThat(kind("upstream/" + name, Streams.proxied())).isEqualTo(AttributeKind.ABSENT);
    assertThat(kind("upstream/server_name", Streams.proxied())).isEqualTo(AttributeKind.ABSENT);
    assertThat(value(path("connection/mtls"), Streams.proxied())).containsExactly(0);
    assertThat(value(path("connection/peer_certificate_valid"), Streams.proxied()))
        .containsExactly(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"request/headers", "response/headers", "response/trailers"})
  void showsNoPairsWhereThereIsNoMap(String path) {
    assertThat(value(path(path), Streams.begun())).containsExactly(0, 0, 0, 0);
  }

  @Test
  void showsEachHeaderOnceWithItsLinesJoined() {
    var info = Streams.begun();
    info.responseTrailers(Streams.head(HeadKind.TRAILERS, "a", "1", "b", "", "a", "2"));

    assertThat(value(path("response/trailers"), info))
        .isEqualTo(
            new byte[] {
              2, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 'a', 0, '1', ',', '2', 0,
              'b', 0, 0
            });
  }

  private static Metadata metadata(String text) {
    var struct =
        Struct.newBuilder().putFields("text", Value.newBuilder().setStringValue(text).build());
    return Metadata.of(
        io.envoyproxy.envoy.config.core.v3.Metadata.newBuilder()
            .putFilterMetadata("ns", struct.build())
            .build()
            .toByteArray());
  }

  @Test
  void readsWhatTheConfigurationSaysAboutItsParts() {
    var info = new StreamInfo();
    var here = new HostPort("127.0.0.1", 1);
    info.reset(new ConnectionInfo(1, here, here, new ListenerInfo(2, metadata("listener"))), 1);
    info.routed("vh", "r");
    info.routeMetadata(metadata("vhost"), metadata("route"));
    info.cluster("c", "c", metadata("cluster"));
    info.upstream().attempt(here, "");
    info.upstream().described(new Locality("eu", "z1", ""), metadata("host"), metadata("locality"));
    var text = "/filter_metadata/ns/text";

    assertThat(text("xds/listener_metadata" + text, info)).isEqualTo("listener");
    assertThat(text("listener_metadata" + text, info)).isEqualTo("listener");
    assertThat(number("xds/listener_direction", info)).isEqualTo(2);
    assertThat(text("xds/virtual_host_metadata" + text, info)).isEqualTo("vhost");
    assertThat(text("xds/route_metadata" + text, info)).isEqualTo("route");
    assertThat(text("route_metadata" + text, info)).isEqualTo("route");
    assertThat(text("xds/cluster_metadata" + text, info)).isEqualTo("cluster");
    assertThat(text("cluster_metadata" + text, info)).isEqualTo("cluster");
    assertThat(text("xds/upstream_host_metadata" + text, info)).isEqualTo("host");
    assertThat(text("upstream_host_metadata" + text, info)).isEqualTo("host");
    assertThat(text("xds/upstream_host_locality_metadata" + text, info)).isEqualTo("locality");
    assertThat(text("upstream/locality/region", info)).isEqualTo("eu");
    assertThat(text("upstream/locality/zone", info)).isEqualTo("z1");
    assertThat(text("upstream/locality/sub_zone", info)).isEmpty();
    assertThat(value(path("upstream/locality"), info))
        .isEqualTo(
            io.envoyproxy.envoy.config.core.v3.Locality.newBuilder()
                .setRegion("eu")
                .setZone("z1")
                .build()
                .toByteArray());
    assertThat(kind("xds/cluster_metadata/filter_metadata/other", info))
        .isEqualTo(AttributeKind.ABSENT);
    assertThat(kind("upstream_filter_state", info)).isEqualTo(AttributeKind.GROUP);
  }

  @Test
  void prefersWhatAGuestHasKeptToARootThatIsGone() {
    var info = Streams.proxied();
    assertThat(text("cluster_name", info)).isEqualTo("service_a");
    info.filterState()
        .set(
            new FilterState.Entry(
                bytes("wasm.cluster_name"), bytes("mine"), FilterState.Shape.DEFAULT));

    assertThat(text("cluster_name", info)).isEqualTo("mine");
  }

  @Test
  void readsPartsOfAMessageThatAGuestHasKept() {
    var info = Streams.begun();
    var struct = Struct.newBuilder().putFields("a", Value.newBuilder().setNumberValue(1.5).build());
    info.filterState()
        .set(
            new FilterState.Entry(
                bytes("wasm.state"),
                struct.build().toByteArray(),
                new FilterState.Shape(
                    FilterState.Type.PROTOBUF,
                    "type.googleapis.com/google.protobuf.Struct",
                    false,
                    FilterState.Span.FILTER_CHAIN)));

    assertThat(kind("state", info)).isEqualTo(AttributeKind.BYTES);
    assertThat(number("state/a", info)).isEqualTo(Double.doubleToLongBits(1.5));
    assertThat(number("filter_state/wasm.state/a", info)).isEqualTo(Double.doubleToLongBits(1.5));
    assertThat(kind("state/b", info)).isEqualTo(AttributeKind.ABSENT);
  }
}

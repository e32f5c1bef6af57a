package dev.outrider.proxy.attributes;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.Locality;
import dev.outrider.proxy.cluster.Metadata;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.LocalReplies;
import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxy.stream.TimePoint;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The attributes of a stream by path, with Envoy's names.
final class StreamAttributes {
  private static final Set<String> ROOTS =
      Set.of(
          "request",
          "response",
          "connection",
          "source",
          "destination",
          "upstream",
          "xds",
          "filter_state");
  private static final String[] TLS = {
    "tls_version",
    "subject_local_certificate",
    "subject_peer_certificate",
    "uri_san_local_certificate",
    "uri_san_peer_certificate",
    "dns_san_local_certificate",
    "dns_san_peer_certificate",
    "sha256_peer_certificate_digest",
    "peer_certificate"
  };
  private static final byte[] NO_MESSAGE = {};
  private static final ByteRangeMap<Attribute> ALL = new ByteRangeMap<>(all());
  private static final ByteRangeMap<MessageOf> MESSAGES = new ByteRangeMap<>(messages());
  private static final ByteRangeMap<HeadOf> HEADS =
      new ByteRangeMap<>(
          Map.<String, HeadOf>of(
              "request\0headers", StreamInfo::requestHead,
              "response\0headers", StreamInfo::responseHead,
              "response\0trailers", StreamInfo::responseTrailers));

  private StreamAttributes() {}

  static @Nullable Attribute get(byte[] path, int from, int to, int hash) {
    return ALL.get(path, from, to, hash);
  }

  /// Null if that is not the path of a header map, or there is none now.
  static @Nullable HeaderMap headers(byte[] path, int from, int to, StreamInfo info) {
    var head = HEADS.get(path, from, to);
    return head == null ? null : head.of(info);
  }

  /// Null if that is not the path of a message.
  static @Nullable MessageOf message(byte[] path, int from, int to) {
    return MESSAGES.get(path, from, to);
  }

  private static Map<String, Attribute> all() {
    var all = new HashMap<String, Attribute>();
    ROOTS.forEach(root -> all.put(root, new Attribute(AttributeKind.GROUP, (_, _) -> true)));
    addRequest(all);
    addResponse(all);
    addConnection(all);
    addUpstream(all);
    addNames(all);
    messages().forEach((path, message) -> all.put(path, message.whole()));
    return all;
  }

  private static void addRequest(Map<String, Attribute> all) {
    all.put("request\0path", header(HeaderNames.PATH));
    all.put("request\0url_path", new Attribute(AttributeKind.TEXT, RequestPath::beforeQuery));
    all.put("request\0query", new Attribute(AttributeKind.TEXT, RequestPath::query));
    all.put("request\0host", header(HeaderNames.AUTHORITY));
    all.put("request\0scheme", header(HeaderNames.SCHEME));
    all.put("request\0method", header(HeaderNames.METHOD));
    all.put("request\0referer", header(HeaderNames.REFERER));
    all.put("request\0useragent", header(HeaderNames.USER_AGENT));
    all.put("request\0id", header(HeaderNames.X_REQUEST_ID));
    all.put("request\0protocol", new Attribute(AttributeKind.TEXT, StreamAttributes::protocol));
    all.put("request\0headers", headers(StreamInfo::requestHead));
    all.put("request\0headers_bytes", number(info -> HeaderOperator.byteSize(info.requestHead())));
    all.put(
        "request\0time",
        number(AttributeKind.TIME, info -> info.times().startEpochMicros() * 1_000));
    all.put("request\0size", number(StreamAttributes::requestSize));
    all.put(
        "request\0total_size",
        number(
            info ->
                info.sizes().requestBody()
                    + HeaderOperator.byteSize(info.requestHead())
                    + HeaderOperator.byteSize(info.requestTrailers())));
    all.put(
        "request\0duration", number(AttributeKind.DURATION, info -> info.times().durationNanos()));
  }

  private static void addResponse(Map<String, Attribute> all) {
    all.put("response\0code", number(StreamAttributes::responseCode));
    all.put("response\0code_details", text(StreamInfo::details));
    all.put("response\0flags", number(info -> info.flags().bits()));
    all.put("response\0grpc_status", number(StreamAttributes::grpcStatus));
    all.put("response\0headers", headers(StreamInfo::responseHead));
    all.put("response\0trailers", headers(StreamInfo::responseTrailers));
    all.put(
        "response\0headers_bytes", number(info -> HeaderOperator.byteSize(info.responseHead())));
    all.put("response\0size", number(info -> info.sizes().responseBody()));
    all.put(
        "response\0total_size",
        number(
            info ->
                info.sizes().responseBody()
                    + HeaderOperator.byteSize(info.responseHead())
                    + HeaderOperator.byteSize(info.responseTrailers())));
    all.put(
        "response\0backend_latency",
        number(AttributeKind.DURATION, StreamAttributes::backendLatency));
  }

  private static void addConnection(Map<String, Attribute> all) {
    all.put("connection\0id", number(AttributeKind.UINT, info -> info.connection().id()));
    all.put("connection_id", number(AttributeKind.UINT, info -> info.connection().id()));
    // Without TLS these two are false, and what a certificate or a handshake says is absent.
    all.put("connection\0mtls", new Attribute(AttributeKind.BOOL, StreamAttributes::peerShown));
    all.put(
        "connection\0peer_certificate_valid",
        new Attribute(AttributeKind.BOOL, StreamAttributes::peerValidated));
    for (var name : TLS) {
      var fact = TlsOperators.attribute(name);
      all.put(
          "connection\0" + name,
          fact == null ? new Attribute(AttributeKind.TEXT, (_, _) -> false) : text(fact));
      var ofUpstream = TlsOperators.upstreamAttribute(name);
      all.put(
          "upstream\0" + name,
          ofUpstream == null
              ? new Attribute(AttributeKind.TEXT, (_, _) -> false)
              : text(ofUpstream));
    }
    all.put("upstream\0server_name", text(StreamAttributes::upstreamServerName));
    all.put(
        "connection\0transport_failure_reason", new Attribute(AttributeKind.TEXT, (_, _) -> false));
    all.put(
        "connection\0requested_server_name", maybeEmpty(info -> info.connection().serverName()));
    all.put("connection\0termination_details", text(StreamInfo::connectionTermination));
    all.put("source\0address", address(StreamInfo::remote));
    all.put("source\0port", port(StreamInfo::remote));
    all.put("destination\0address", address(info -> info.connection().local()));
    all.put("destination\0port", port(info -> info.connection().local()));
  }

  private static void addUpstream(Map<String, Attribute> all) {
    all.put("upstream\0address", address(info -> info.upstream().host()));
    all.put("upstream\0port", port(info -> info.upstream().host()));
    all.put("upstream\0local_address", address(info -> info.upstream().localAddress()));
    all.put(
        "upstream\0transport_failure_reason",
        new Attribute(AttributeKind.TEXT, StreamAttributes::upstreamFailure));
    all.put(
        "upstream\0request_attempt_count",
        number(AttributeKind.UINT, info -> info.upstream().attempts()));
    all.put(
        "upstream\0num_endpoints",
        number(
            AttributeKind.UINT,
            info -> info.clusterName().isEmpty() ? -1 : info.upstream().endpoints()));
    all.put(
        "upstream\0cx_pool_ready_duration",
        number(AttributeKind.DURATION, info -> info.upstream().poolReadyNanos()));
  }

  private static void addNames(Map<String, Attribute> all) {
    // There is no state of upstream connections, so the root has no members.
    all.put(
        "upstream_filter_state",
        new Attribute(AttributeKind.GROUP, (info, _) -> info.upstream().host() != null));
    all.put("xds\0cluster_name", text(StreamInfo::clusterName));
    // A route may have no name; a virtual host has one.
    all.put(
        "xds\0route_name",
        new Attribute(
            AttributeKind.TEXT,
            (info, out) -> {
              out.put(info.routeName());
              return !info.virtualHostName().isEmpty();
            }));
    all.put("xds\0virtual_host_name", text(StreamInfo::virtualHostName));
    all.put("xds\0filter_chain_name", maybeEmpty(StreamInfo::filterChainName));
    all.put("xds\0listener_direction", number(info -> info.connection().listener().direction()));
  }

  private static Map<String, MessageOf> messages() {
    var upstream = (Presence) info -> info.upstream().host() != null;
    return Map.of(
        // No filter writes dynamic metadata yet.
        "metadata",
        metadata(_ -> true, _ -> Metadata.NONE),
        "xds\0listener_metadata",
        metadata(_ -> true, info -> info.connection().listener().metadata()),
        "xds\0virtual_host_metadata",
        metadata(_ -> true, StreamInfo::virtualHostMetadata),
        "xds\0route_metadata",
        metadata(_ -> true, StreamInfo::routeMetadata),
        "xds\0cluster_metadata",
        metadata(info -> !info.clusterName().isEmpty(), StreamInfo::clusterMetadata),
        "xds\0upstream_host_metadata",
        metadata(upstream, info -> info.upstream().hostMetadata()),
        "xds\0upstream_host_locality_metadata",
        metadata(upstream, info -> info.upstream().localityMetadata()),
        "upstream\0locality",
        new MessageOf(
            MessageShape.LOCALITY,
            info -> upstream.in(info) ? locality(info.upstream().locality()) : null));
  }

  private static MessageOf metadata(Presence present, Function<StreamInfo, Metadata> metadata) {
    return new MessageOf(
        MessageShape.METADATA, info -> present.in(info) ? metadata.apply(info).message() : null);
  }

  private static byte[] locality(Locality locality) {
    if (locality.equals(Locality.NONE)) {
      return NO_MESSAGE;
    }
    var out = new ValueBuffer(64);
    var number = 1;
    for (var part : new String[] {locality.region(), locality.zone(), locality.subZone()}) {
      if (!part.isEmpty()) {
        out.putField(number, part);
      }
      number++;
    }
    return out.toBytes();
  }

  private static boolean protocol(StreamInfo info, ValueBuffer out) {
    var protocol = info.protocol();
    if (protocol == null) {
      return false;
    }
    out.put(protocol.text());
    return true;
  }

  private static boolean peerValidated(StreamInfo info, ValueBuffer out) {
    var tls = info.connection().tls();
    out.put(tls != null && tls.peerValidated() ? 1 : 0);
    return true;
  }

  private static String upstreamServerName(StreamInfo info) {
    var tls = info.upstream().tls();
    return tls == null ? "" : tls.serverName();
  }

  private static boolean peerShown(StreamInfo info, ValueBuffer out) {
    var tls = info.connection().tls();
    out.put(tls != null && tls.peer() != null ? 1 : 0);
    return true;
  }

  /// Empty once there is an attempt, absent before.
  private static boolean upstreamFailure(StreamInfo info, ValueBuffer out) {
    out.put(info.upstream().transportFailure());
    return info.upstream().host() != null || !info.upstream().transportFailure().isEmpty();
  }

  private static long requestSize(StreamInfo info) {
    var head = info.requestHead();
    var line = head == null ? -1 : head.find(HeaderNames.CONTENT_LENGTH);
    return head != null && line >= 0 ? head.valueAsLong(line) : info.sizes().requestBody();
  }

  /// Known from the head on; what the stream is recorded with comes later.
  private static long responseCode(StreamInfo info) {
    var head = info.responseHead();
    if (info.responseCode() != 0) {
      return info.responseCode();
    }
    return head == null ? -1 : head.status();
  }

  /// As Envoy, which asks any answer, and takes the status of HTTP where gRPC says nothing.
  private static long grpcStatus(StreamInfo info) {
    var said = GrpcStatusOperator.saidIn(info);
    var code = responseCode(info);
    return said >= 0 || code < 0 ? said : LocalReplies.grpcStatus((int) code);
  }

  private static long backendLatency(StreamInfo info) {
    var times = info.times();
    return times.has(TimePoint.UPSTREAM_TX_BEGIN) && times.has(TimePoint.UPSTREAM_RX_END)
        ? times.nanos(TimePoint.UPSTREAM_RX_END) - times.nanos(TimePoint.UPSTREAM_TX_BEGIN)
        : -1;
  }

  private static Attribute header(HeaderName name) {
    return new Attribute(
        AttributeKind.TEXT,
        (info, out) -> {
          var head = info.requestHead();
          var line = head == null ? -1 : head.find(name);
          if (head == null || line < 0) {
            return false;
          }
          out.putValue(head, line);
          return true;
        });
  }

  private static Attribute headers(HeadOf head) {
    return new Attribute(
        AttributeKind.MAP,
        (info, out) -> {
          HeaderMapValue.all(head.of(info), out);
          return true;
        });
  }

  /// Negative = no value.
  private static Attribute number(NumberOf number) {
    return number(AttributeKind.INT, number);
  }

  private static Attribute number(AttributeKind kind, NumberOf number) {
    return new Attribute(
        kind,
        (info, out) -> {
          var value = number.of(info);
          if (value < 0) {
            return false;
          }
          out.putLongLittleEndian(value);
          return true;
        });
  }

  /// Empty = no value.
  private static Attribute text(Function<StreamInfo, String> text) {
    return new Attribute(
        AttributeKind.TEXT,
        (info, out) -> {
          var value = text.apply(info);
          out.put(value);
          return !value.isEmpty();
        });
  }

  private static Attribute maybeEmpty(Function<StreamInfo, String> text) {
    return new Attribute(
        AttributeKind.TEXT,
        (info, out) -> {
          out.put(text.apply(info));
          return true;
        });
  }

  private static Attribute address(Function<StreamInfo, @Nullable HostPort> address) {
    return new Attribute(
        AttributeKind.TEXT,
        (info, out) -> {
          var value = address.apply(info);
          if (value == null) {
            return false;
          }
          out.put(value.textBytes());
          return true;
        });
  }

  private static Attribute port(Function<StreamInfo, @Nullable HostPort> address) {
    return number(
        info -> {
          var value = address.apply(info);
          return value == null || value.isPipe() ? -1 : value.port();
        });
  }

  /// One attribute.
  record Attribute(AttributeKind kind, Writer writer) {
    /// Writes nothing that counts, and answers ABSENT, if there is no value now.
    AttributeKind read(StreamInfo info, ValueBuffer out) {
      return writer.write(info, out) ? kind : AttributeKind.ABSENT;
    }
  }

  /// An attribute that is a message.
  ///
  /// @param message the serialised message, or null if there is none now
  record MessageOf(MessageShape shape, Function<StreamInfo, byte @Nullable []> message) {
    Attribute whole() {
      return new Attribute(
          AttributeKind.MESSAGE,
          (info, out) -> {
            var bytes = message.apply(info);
            if (bytes == null) {
              return false;
            }
            out.put(bytes);
            return true;
          });
    }
  }

  /// Writes one value; false, with nothing written, if there is none.
  interface Writer {
    boolean write(StreamInfo info, ValueBuffer out);
  }

  /// Reads a number off a stream.
  private interface NumberOf {
    long of(StreamInfo info);
  }

  /// Reads a head off a stream.
  private interface HeadOf {
    @Nullable HeaderMap of(StreamInfo info);
  }

  /// Whether something is there yet.
  private interface Presence {
    boolean in(StreamInfo info);
  }
}

package dev.outrider.proxy.attributes;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxy.stream.TimePoint;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The attributes of a stream by path, with Envoy's names: strings as they are, integers, durations
/// and times (both in nanoseconds) as 8 bytes little-endian, booleans as one byte, header maps as
/// pairs.
final class StreamAttributes {
  private static final List<String> ROOTS =
      List.of(
          "request",
          "response",
          "connection",
          "source",
          "destination",
          "upstream",
          "xds",
          "filter_state",
          "upstream_filter_state");
  private static final ByteRangeMap<Boolean> ROOT_NAMES = new ByteRangeMap<>(rootNames());
  private static final ByteRangeMap<Attribute> ALL = new ByteRangeMap<>(all());
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

  static boolean isRoot(byte[] path, int from, int to, int hash) {
    return ROOT_NAMES.get(path, from, to, hash) != null;
  }

  /// Null if that is not the path of a header map, or there is none now.
  static @Nullable HeaderMap headers(byte[] path, int from, int to, StreamInfo info) {
    var head = HEADS.get(path, from, to);
    return head == null ? null : head.of(info);
  }

  private static Map<String, Boolean> rootNames() {
    var names = new HashMap<String, Boolean>();
    ROOTS.forEach(root -> names.put(root, true));
    return names;
  }

  private static Map<String, Attribute> all() {
    var all = new HashMap<String, Attribute>();
    addRequest(all);
    addResponse(all);
    addConnection(all);
    addUpstream(all);
    addNames(all);
    return all;
  }

  private static void addRequest(Map<String, Attribute> all) {
    all.put("request\0path", header(HeaderNames.PATH));
    all.put("request\0url_path", RequestPath::beforeQuery);
    all.put("request\0query", RequestPath::query);
    all.put("request\0host", header(HeaderNames.AUTHORITY));
    all.put("request\0scheme", header(HeaderNames.SCHEME));
    all.put("request\0method", header(HeaderNames.METHOD));
    all.put("request\0referer", header(HeaderNames.REFERER));
    all.put("request\0useragent", header(HeaderNames.USER_AGENT));
    all.put("request\0id", header(HeaderNames.X_REQUEST_ID));
    all.put("request\0protocol", StreamAttributes::protocol);
    all.put("request\0headers", (info, out) -> HeaderMapValue.all(info.requestHead(), out));
    all.put("request\0headers_bytes", number(info -> HeaderOperator.byteSize(info.requestHead())));
    all.put("request\0time", number(info -> info.times().startEpochMicros() * 1_000));
    all.put("request\0size", number(StreamAttributes::requestSize));
    all.put(
        "request\0total_size",
        number(
            info ->
                info.sizes().requestBody()
                    + HeaderOperator.byteSize(info.requestHead())
                    + HeaderOperator.byteSize(info.requestTrailers())));
    all.put("request\0duration", number(info -> info.times().durationNanos()));
  }

  private static void addResponse(Map<String, Attribute> all) {
    all.put("response\0code", number(info -> info.responseCode() == 0 ? -1 : info.responseCode()));
    all.put("response\0code_details", text(StreamInfo::details));
    all.put("response\0flags", number(info -> info.flags().bits()));
    all.put("response\0grpc_status", number(GrpcStatusOperator::status));
    all.put("response\0headers", (info, out) -> HeaderMapValue.all(info.responseHead(), out));
    all.put("response\0trailers", (info, out) -> HeaderMapValue.all(info.responseTrailers(), out));
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
    all.put("response\0backend_latency", number(StreamAttributes::backendLatency));
  }

  private static void addConnection(Map<String, Attribute> all) {
    all.put("connection\0id", number(info -> info.connection().id()));
    all.put("connection_id", number(info -> info.connection().id()));
    all.put("connection\0mtls", (_, out) -> absentTls(out));
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
        maybeEmpty(info -> info.upstream().transportFailure()));
    all.put("upstream\0request_attempt_count", number(info -> info.upstream().attempts()));
    all.put("upstream\0num_endpoints", number(info -> info.upstream().endpoints()));
  }

  private static void addNames(Map<String, Attribute> all) {
    // No filter writes dynamic metadata yet, and an empty message has no bytes.
    all.put("metadata", (_, _) -> true);
    all.put("xds\0cluster_name", text(StreamInfo::clusterName));
    all.put("xds\0route_name", text(StreamInfo::routeName));
    all.put("xds\0virtual_host_name", text(StreamInfo::virtualHostName));
    all.put("xds\0filter_chain_name", maybeEmpty(StreamInfo::filterChainName));
  }

  private static boolean protocol(StreamInfo info, ValueBuffer out) {
    var protocol = info.protocol();
    if (protocol == null) {
      return false;
    }
    out.put(protocol.text());
    return true;
  }

  private static boolean absentTls(ValueBuffer out) {
    out.put(0);
    return true;
  }

  private static long requestSize(StreamInfo info) {
    var head = info.requestHead();
    var line = head == null ? -1 : head.find(HeaderNames.CONTENT_LENGTH);
    return head != null && line >= 0 ? head.valueAsLong(line) : info.sizes().requestBody();
  }

  private static long backendLatency(StreamInfo info) {
    var times = info.times();
    return times.has(TimePoint.UPSTREAM_TX_BEGIN) && times.has(TimePoint.UPSTREAM_RX_END)
        ? times.nanos(TimePoint.UPSTREAM_RX_END) - times.nanos(TimePoint.UPSTREAM_TX_BEGIN)
        : -1;
  }

  private static Attribute header(HeaderName name) {
    return (info, out) -> {
      var head = info.requestHead();
      var line = head == null ? -1 : head.find(name);
      if (head == null || line < 0) {
        return false;
      }
      out.putValue(head, line);
      return true;
    };
  }

  /// Negative = no value.
  private static Attribute number(NumberOf number) {
    return (info, out) -> {
      var value = number.of(info);
      if (value < 0) {
        return false;
      }
      out.putLongLittleEndian(value);
      return true;
    };
  }

  /// Empty = no value.
  private static Attribute text(Function<StreamInfo, String> text) {
    return (info, out) -> {
      var value = text.apply(info);
      out.put(value);
      return !value.isEmpty();
    };
  }

  private static Attribute maybeEmpty(Function<StreamInfo, String> text) {
    return (info, out) -> {
      out.put(text.apply(info));
      return true;
    };
  }

  private static Attribute address(Function<StreamInfo, @Nullable HostPort> address) {
    return (info, out) -> {
      var value = address.apply(info);
      if (value == null) {
        return false;
      }
      out.put(value.textBytes());
      return true;
    };
  }

  private static Attribute port(Function<StreamInfo, @Nullable HostPort> address) {
    return number(
        info -> {
          var value = address.apply(info);
          return value == null || value.isPipe() ? -1 : value.port();
        });
  }

  /// Writes one attribute; writes nothing and answers false if it has no value.
  interface Attribute {
    boolean read(StreamInfo info, ValueBuffer out);
  }

  /// Reads a number off a stream.
  private interface NumberOf {
    long of(StreamInfo info);
  }

  /// Reads a head off a stream.
  private interface HeadOf {
    @Nullable HeaderMap of(StreamInfo info);
  }
}

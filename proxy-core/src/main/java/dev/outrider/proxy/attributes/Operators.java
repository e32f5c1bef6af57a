package dev.outrider.proxy.attributes;

import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxy.stream.TimePoint;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The operators that format strings may use, by Envoy's names.
final class Operators {
  private static final FormatOperator NOTHING = (_, _) -> false;

  /// Operators of Envoy for which nothing is measured or kept here.
  private static final Set<String> NOT_MEASURED =
      Set.of(
          "COALESCE",
          "DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED",
          "DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_SENT",
          "DOWNSTREAM_DETECTED_CLOSE_TYPE",
          "DOWNSTREAM_HANDSHAKE_DURATION",
          "DYNAMIC_METADATA",
          "FILE_CONTENT",
          "SECRET",
          "UPSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED",
          "UPSTREAM_DECOMPRESSED_HEADER_BYTES_SENT",
          "UPSTREAM_DETECTED_CLOSE_TYPE",
          "UPSTREAM_LOCAL_CLOSE_REASON");

  private Operators() {}

  /// Reports what is wrong, and then answers an operator without value.
  static FormatOperator compile(
      OperatorSpec spec, FormatEnvironment environment, Consumer<String> problems) {
    var found = withArgument(spec, environment, problems);
    found = found != null ? found : TimeOperator.find(spec, environment, problems);
    found = found != null ? found : PathOperators.find(spec, environment, problems);
    found = found != null ? found : AddressOperator.find(spec, problems);
    found = found != null ? found : TlsOperators.time(spec, problems);
    if (found != null) {
      return found;
    }
    var plain = plain(spec.name(), environment);
    if (plain == null) {
      problems.accept(
          (NOT_MEASURED.contains(spec.name()) ? "operator is not supported: " : "unknown operator ")
              + spec);
      return NOTHING;
    }
    if (spec.argument() != null || spec.length() != null) {
      problems.accept("operator " + spec + " takes no argument and no length");
    }
    return plain;
  }

  private static @Nullable FormatOperator withArgument(
      OperatorSpec spec, FormatEnvironment environment, Consumer<String> problems) {
    return switch (spec.name()) {
      case "REQ", "REQUEST_HEADER" -> HeaderOperator.of(spec, StreamInfo::requestHead, problems);
      case "RESP", "RESPONSE_HEADER" -> HeaderOperator.of(spec, StreamInfo::responseHead, problems);
      case "TRAILER", "RESPONSE_TRAILER" ->
          HeaderOperator.of(spec, StreamInfo::responseTrailers, problems);
      case "COMMON_DURATION" -> CommonDurationOperator.of(spec, problems);
      case "FILTER_STATE" -> FilterStateOperator.of(spec, problems);
      case "UPSTREAM_FILTER_STATE" -> {
        FilterStateOperator.of(spec, problems);
        yield NOTHING; // filters of upstream connections are what has it
      }
      case "GRPC_STATUS" -> GrpcStatusOperator.of(spec, problems);
      case "GRPC_STATUS_NUMBER" -> new GrpcStatusOperator(GrpcStatusOperator.Style.NUMBER);
      case "RESPONSE_CODE_DETAILS" -> details(spec, problems);
      case "METADATA" -> MetadataOperator.of(spec, problems);
      case "CLUSTER_METADATA" -> MetadataOperator.of(spec, StreamInfo::clusterMetadata, problems);
      case "UPSTREAM_METADATA" ->
          MetadataOperator.of(spec, info -> info.upstream().hostMetadata(), problems);
      case "REQUESTED_SERVER_NAME" -> ServerNameOperator.of(spec, problems);
      case "CEL", "TYPED_CEL" -> ExpressionOperator.of(spec, environment, problems);
      case "ENVIRONMENT" -> environment(spec, environment, problems);
      default -> null;
    };
  }

  private static @Nullable FormatOperator plain(String name, FormatEnvironment environment) {
    if (name.equals("HOSTNAME")) {
      return literal(environment.hostname(), Integer.MAX_VALUE);
    }
    var found = sizes(name);
    found = found != null ? found : wire(name);
    found = found != null ? found : UpstreamOperators.find(name);
    found = found != null ? found : names(name);
    if (found == null) {
      var tls = TlsOperators.find(name);
      found = tls == null ? null : new Text(tls);
    }
    return found;
  }

  /// Empty in logs, which are written when the body is gone.
  private static boolean localReplyBody(StreamInfo info, ValueBuffer out) {
    var body = info.localReplyBody();
    if (body != null) {
      out.put(body);
    }
    return true;
  }

  private static boolean uniqueId(StreamInfo info, ValueBuffer out) {
    var random = ThreadLocalRandom.current();
    var high = (random.nextLong() & ~0xf000L) | 0x4000L;
    var low = (random.nextLong() & ~(0xc0L << 56)) | (0x80L << 56);
    out.put(new UUID(high, low).toString());
    return true;
  }

  private static @Nullable FormatOperator wire(String name) {
    return switch (name) {
      case "DOWNSTREAM_WIRE_BYTES_RECEIVED" ->
          new Decimal(info -> info.sizes().downstream().received());
      case "DOWNSTREAM_WIRE_BYTES_SENT" -> new Decimal(info -> info.sizes().downstream().sent());
      case "DOWNSTREAM_HEADER_BYTES_RECEIVED" ->
          new Decimal(info -> info.sizes().downstream().headersReceived());
      case "DOWNSTREAM_HEADER_BYTES_SENT" ->
          new Decimal(info -> info.sizes().downstream().headersSent());
      case "UPSTREAM_WIRE_BYTES_RECEIVED" ->
          new Decimal(info -> info.sizes().upstream().received());
      case "UPSTREAM_WIRE_BYTES_SENT" -> new Decimal(info -> info.sizes().upstream().sent());
      case "UPSTREAM_HEADER_BYTES_RECEIVED" ->
          new Decimal(info -> info.sizes().upstream().headersReceived());
      case "UPSTREAM_HEADER_BYTES_SENT" ->
          new Decimal(info -> info.sizes().upstream().headersSent());
      default -> null;
    };
  }

  private static @Nullable FormatOperator sizes(String name) {
    return switch (name) {
      case "RESPONSE_CODE" -> new Decimal(StreamInfo::responseCode);
      case "BYTES_RECEIVED" -> new Decimal(info -> info.sizes().requestBody());
      case "BYTES_SENT" -> new Decimal(info -> info.sizes().responseBody());
      case "REQUEST_HEADERS_BYTES" ->
          new Decimal(info -> HeaderOperator.byteSize(info.requestHead()));
      case "RESPONSE_HEADERS_BYTES" ->
          new Decimal(info -> HeaderOperator.byteSize(info.responseHead()));
      case "RESPONSE_TRAILERS_BYTES" ->
          new Decimal(info -> HeaderOperator.byteSize(info.responseTrailers()));
      case "UPSTREAM_CONNECTION_POOL_READY_DURATION" ->
          new Decimal(info -> millis(info.upstream().poolReadyNanos()));
      case "DURATION" -> new Decimal(info -> millis(info.times().elapsedNanos()));
      case "REQUEST_DURATION" -> new Decimal(info -> since(info, TimePoint.DOWNSTREAM_RX_END));
      case "REQUEST_TX_DURATION" -> new Decimal(info -> since(info, TimePoint.UPSTREAM_TX_END));
      case "RESPONSE_DURATION" -> new Decimal(info -> since(info, TimePoint.UPSTREAM_RX_BEGIN));
      case "RESPONSE_TX_DURATION" -> new Decimal(Operators::responseTx);
      case "CONNECTION_ID" -> new Decimal(info -> info.connection().id());
      case "UPSTREAM_CONNECTION_ID" -> new Decimal(info -> info.upstream().connectionId());
      case "UPSTREAM_REQUEST_ATTEMPT_COUNT" -> new Decimal(info -> info.upstream().attempts());
      default -> null;
    };
  }

  private static @Nullable FormatOperator names(String name) {
    return switch (name) {
      case "PROTOCOL" -> new Text(Operators::protocol);
      case "RESPONSE_FLAGS" -> new FlagsOperator(false);
      case "RESPONSE_FLAGS_LONG" -> new FlagsOperator(true);
      case "CONNECTION_TERMINATION_DETAILS" -> new Text(StreamInfo::connectionTermination);
      case "DOWNSTREAM_LOCAL_CLOSE_REASON" -> new Text(StreamInfo::localCloseReason);
      case "UPSTREAM_CLUSTER" -> new Text(StreamInfo::clusterStatName);
      case "UPSTREAM_CLUSTER_RAW" -> new Text(StreamInfo::clusterName);
      case "UPSTREAM_TRANSPORT_FAILURE_REASON" ->
          new UnderscoredText(info -> info.upstream().transportFailure());
      case "DOWNSTREAM_TRANSPORT_FAILURE_REASON" ->
          new UnderscoredText(StreamInfo::downstreamTransportFailure);
      case "ACCESS_LOG_TYPE" -> new Text(info -> info.logType().text());
      case "LOCAL_REPLY_BODY" -> Operators::localReplyBody;
      case "UNIQUE_ID" -> Operators::uniqueId;
      case "STREAM_ID" -> new StreamIdOperator();
      // as in Envoy where nobody sets a flag, and where nothing is traced
      case "CUSTOM_FLAGS" -> (_, _) -> true;
      case "TRACE_ID", "SPAN_ID" -> NOTHING;
      // as in Envoy where the TLS inspector was not told to make them
      case "TLS_JA3_FINGERPRINT", "TLS_JA4_FINGERPRINT" -> NOTHING;
      // QUIC is what has them
      case "BYTES_RETRANSMITTED", "PACKETS_RETRANSMITTED" -> new Decimal(_ -> 0);
      case "ROUNDTRIP_DURATION" -> NOTHING;
      // addresses of Envoy's internal listeners are what has them
      case "DOWNSTREAM_LOCAL_ADDRESS_ENDPOINT_ID", "DOWNSTREAM_DIRECT_LOCAL_ADDRESS_ENDPOINT_ID" ->
          (_, _) -> true;
      case "ROUTE_NAME" -> new Text(StreamInfo::routeName);
      case "VIRTUAL_CLUSTER_NAME" -> new Text(StreamInfo::virtualClusterName);
      case "FILTER_CHAIN_NAME" -> new Text(StreamInfo::filterChainName);
      default -> null;
    };
  }

  private static FormatOperator details(OperatorSpec spec, Consumer<String> problems) {
    return switch (spec.argumentOrEmpty()) {
      case "" -> new UnderscoredText(StreamInfo::details);
      case "ALLOW_WHITESPACES" -> new Text(StreamInfo::details);
      default -> {
        problems.accept("operator " + spec + " knows no argument but ALLOW_WHITESPACES");
        yield NOTHING;
      }
    };
  }

  private static FormatOperator environment(
      OperatorSpec spec, FormatEnvironment environment, Consumer<String> problems) {
    if (spec.argumentOrEmpty().isEmpty()) {
      problems.accept("operator " + spec + " needs the name of a variable");
    }
    var value = environment.variable().apply(spec.argumentOrEmpty());
    return literal(value == null ? "-" : value, spec.maxBytes());
  }

  private static FormatOperator literal(String text, int maxBytes) {
    var cut = text.length() > maxBytes ? text.substring(0, maxBytes) : text;
    return new Text(_ -> cut);
  }

  private static String protocol(StreamInfo info) {
    var protocol = info.protocol();
    return protocol == null ? "" : protocol.text();
  }

  private static long responseTx(StreamInfo info) {
    var times = info.times();
    return times.has(TimePoint.UPSTREAM_RX_BEGIN) && times.has(TimePoint.DOWNSTREAM_TX_END)
        ? millis(
            times.nanos(TimePoint.DOWNSTREAM_TX_END) - times.nanos(TimePoint.UPSTREAM_RX_BEGIN))
        : -1;
  }

  private static long since(StreamInfo info, TimePoint point) {
    return millis(info.times().nanosSinceStart(point));
  }

  /// Whole milliseconds; -1 stays -1.
  private static long millis(long nanos) {
    return nanos < 0 ? -1 : nanos / 1_000_000;
  }

  /// A number; negative means that there is none.
  private record Decimal(NumberOf number) implements FormatOperator {
    @Override
    public boolean write(StreamInfo info, ValueBuffer out) {
      var value = number.of(info);
      if (value < 0) {
        return false;
      }
      out.putDecimal(value);
      return true;
    }

    @Override
    public boolean numeric() {
      return true;
    }
  }

  /// Reads a number off a stream.
  private interface NumberOf {
    long of(StreamInfo info);
  }

  /// A text; empty means that there is none.
  private record Text(Function<StreamInfo, String> text) implements FormatOperator {
    @Override
    public boolean write(StreamInfo info, ValueBuffer out) {
      var value = text.apply(info);
      out.put(value);
      return !value.isEmpty();
    }
  }

  /// A text whose blanks are shown as underscores, so that a log line keeps its columns.
  private record UnderscoredText(Function<StreamInfo, String> text) implements FormatOperator {
    @Override
    public boolean write(StreamInfo info, ValueBuffer out) {
      var value = text.apply(info);
      var from = out.size();
      out.put(value);
      for (var i = from; i < out.size(); i++) {
        if (out.array()[i] == ' ') {
          out.array()[i] = '_';
        }
      }
      return !value.isEmpty();
    }
  }

  /// `URX,UT`, or the long names; `-` without any, also where other operators leave nothing.
  private record FlagsOperator(boolean longNames) implements FormatOperator {
    @Override
    public boolean write(StreamInfo info, ValueBuffer out) {
      var flags = info.flags();
      if (flags.count() == 0) {
        out.put('-');
      }
      for (var i = 0; i < flags.count(); i++) {
        if (i > 0) {
          out.put(',');
        }
        out.put(longNames ? flags.at(i).longName() : flags.at(i).shortName());
      }
      return true;
    }
  }
}

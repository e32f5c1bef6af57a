package dev.outrider.proxy.attributes;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxy.stream.TimePoint;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The operators that format strings may use, by Envoy's names.
final class Operators {
  private static final FormatOperator NOTHING = (_, _) -> false;

  private Operators() {}

  /// Reports what is wrong, and then answers an operator without value.
  static FormatOperator compile(
      OperatorSpec spec, FormatEnvironment environment, Consumer<String> problems) {
    var found = withArgument(spec, environment, problems);
    if (found != null) {
      return found;
    }
    var plain = plain(spec.name());
    if (plain == null) {
      problems.accept("unknown operator " + spec);
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
      case "START_TIME" -> StartTimeOperator.of(spec, problems);
      case "COMMON_DURATION" -> CommonDurationOperator.of(spec, problems);
      case "FILTER_STATE" -> FilterStateOperator.of(spec, problems);
      case "GRPC_STATUS" -> GrpcStatusOperator.of(spec, problems);
      case "GRPC_STATUS_NUMBER" -> new GrpcStatusOperator(GrpcStatusOperator.Style.NUMBER);
      case "RESPONSE_CODE_DETAILS" -> details(spec, problems);
      case "ENVIRONMENT" -> environment(spec, environment);
      case "HOSTNAME" -> literal(environment.hostname(), spec.maxBytes());
      default -> null;
    };
  }

  private static @Nullable FormatOperator plain(String name) {
    var found = sizes(name);
    found = found != null ? found : wire(name);
    found = found != null ? found : addresses(name);
    found = found != null ? found : names(name);
    if (found == null) {
      var tls = TlsOperators.find(name);
      found = tls == null ? null : new Text(tls);
    }
    return found;
  }

  private static boolean localReplyBody(StreamInfo info, ValueBuffer out) {
    var body = info.localReplyBody();
    if (body == null) {
      return false;
    }
    out.put(body);
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

  private static @Nullable FormatOperator addresses(String name) {
    var address =
        switch (name.replaceFirst("(_ADDRESS_WITHOUT_PORT|_ADDRESS|_PORT)$", "")) {
          case "DOWNSTREAM_REMOTE" -> new Address(StreamInfo::remote);
          case "DOWNSTREAM_DIRECT_REMOTE" -> new Address(info -> info.connection().directRemote());
          case "DOWNSTREAM_LOCAL", "DOWNSTREAM_DIRECT_LOCAL" ->
              new Address(info -> info.connection().local());
          case "UPSTREAM_REMOTE" -> new Address(info -> info.upstream().host());
          case "UPSTREAM_LOCAL" -> new Address(info -> info.upstream().localAddress());
          default -> null;
        };
    if (address == null) {
      return name.equals("UPSTREAM_HOST") ? new Address(info -> info.upstream().host()) : null;
    }
    if (name.endsWith("_ADDRESS_WITHOUT_PORT")) {
      return new Text(info -> address.host(info));
    }
    if (name.endsWith("_PORT")) {
      return address.port();
    }
    return name.endsWith("_ADDRESS") ? address : null;
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
      case "UPSTREAM_HOST_NAME" -> new Text(Operators::upstreamHostName);
      case "UPSTREAM_TRANSPORT_FAILURE_REASON" ->
          new UnderscoredText(info -> info.upstream().transportFailure());
      case "DOWNSTREAM_TRANSPORT_FAILURE_REASON" ->
          new UnderscoredText(StreamInfo::downstreamTransportFailure);
      case "UPSTREAM_HOST_NAME_WITHOUT_PORT" -> new Text(Operators::upstreamHostNameWithoutPort);
      case "ACCESS_LOG_TYPE" -> new Text(info -> info.logType().text());
      case "LOCAL_REPLY_BODY" -> Operators::localReplyBody;
      case "ROUTE_NAME" -> new Text(StreamInfo::routeName);
      case "VIRTUAL_CLUSTER_NAME" -> new Text(StreamInfo::virtualClusterName);
      case "FILTER_CHAIN_NAME" -> new Text(StreamInfo::filterChainName);
      case "REQUESTED_SERVER_NAME" ->
          new Text(info -> printableHost(info.connection().serverName()));
      default -> null;
    };
  }

  /// A client may ask for anything: what is no name of a host does not get into a log as it is.
  private static String printableHost(String name) {
    var printable = name.toCharArray();
    var valid = true;
    for (var at = 0; at < name.length(); at++) {
      var c = name.charAt(at);
      var fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!fits && c != '.' && c != '-' && c != '_') {
        printable[at] = '_';
        valid = false;
      }
    }
    return valid ? name : "invalid:" + String.valueOf(printable);
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

  private static FormatOperator environment(OperatorSpec spec, FormatEnvironment environment) {
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

  private static String upstreamHostName(StreamInfo info) {
    var host = info.upstream().host();
    if (host == null || !info.upstream().hostname().isEmpty()) {
      return info.upstream().hostname();
    }
    return host.text();
  }

  private static String upstreamHostNameWithoutPort(StreamInfo info) {
    var host = info.upstream().host();
    var name = info.upstream().hostname();
    if (host == null || name.isEmpty()) {
      return host == null ? "" : host.host();
    }
    var colon = name.lastIndexOf(':');
    return colon < 0 ? name : name.substring(0, colon);
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

  /// An address with its port.
  private record Address(Function<StreamInfo, @Nullable HostPort> address)
      implements FormatOperator {
    @Override
    public boolean write(StreamInfo info, ValueBuffer out) {
      var value = address.apply(info);
      if (value == null) {
        return false;
      }
      out.put(value.textBytes());
      return true;
    }

    private String host(StreamInfo info) {
      var value = address.apply(info);
      return value == null ? "" : value.host();
    }

    /// Empty for a pipe, as in Envoy.
    private FormatOperator port() {
      return (info, out) -> {
        var value = address.apply(info);
        if (value != null && !value.isPipe()) {
          out.putDecimal(value.port());
        }
        return value != null;
      };
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

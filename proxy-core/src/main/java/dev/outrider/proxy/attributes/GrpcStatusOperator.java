package dev.outrider.proxy.attributes;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.stream.StreamInfo;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// `%GRPC_STATUS%`: the status of a gRPC call, from its trailers or, if it had none, its response
/// head.
record GrpcStatusOperator(Style style) implements FormatOperator {
  private static final List<String> CAMEL =
      List.of(
          "OK",
          "Canceled",
          "Unknown",
          "InvalidArgument",
          "DeadlineExceeded",
          "NotFound",
          "AlreadyExists",
          "PermissionDenied",
          "ResourceExhausted",
          "FailedPrecondition",
          "Aborted",
          "OutOfRange",
          "Unimplemented",
          "Internal",
          "Unavailable",
          "DataLoss",
          "Unauthenticated");
  private static final List<String> SNAKE =
      CAMEL.stream().map(name -> name.equals("Canceled") ? "CANCELLED" : snake(name)).toList();
  private static final byte[] GRPC = "application/grpc".getBytes(StandardCharsets.US_ASCII);

  static FormatOperator of(OperatorSpec spec, Consumer<String> problems) {
    return switch (spec.argumentOrEmpty()) {
      case "", "CAMEL_STRING" -> new GrpcStatusOperator(Style.CAMEL_STRING);
      case "SNAKE_STRING" -> new GrpcStatusOperator(Style.SNAKE_STRING);
      case "NUMBER" -> new GrpcStatusOperator(Style.NUMBER);
      default -> {
        problems.accept("operator " + spec + " knows CAMEL_STRING, SNAKE_STRING and NUMBER only");
        yield new GrpcStatusOperator(Style.CAMEL_STRING);
      }
    };
  }

  /// -1 if the exchange has no status, or is no gRPC call.
  static long status(StreamInfo info) {
    return isGrpc(info.requestHead()) ? saidIn(info) : -1;
  }

  /// What the answer says, whatever was asked; -1 if nothing.
  static long saidIn(StreamInfo info) {
    var trailers = status(info.responseTrailers());
    return trailers >= 0 ? trailers : status(info.responseHead());
  }

  @Override
  public boolean write(StreamInfo info, ValueBuffer out) {
    var status = status(info);
    if (status < 0) {
      return false;
    }
    var names =
        switch (style) {
          case CAMEL_STRING -> CAMEL;
          case SNAKE_STRING -> SNAKE;
          case NUMBER -> List.<String>of();
        };
    if (status < names.size()) {
      out.put(names.get((int) status));
    } else {
      out.putDecimal(status);
    }
    return true;
  }

  @Override
  public boolean numeric() {
    return style == Style.NUMBER;
  }

  private static long status(@Nullable HeaderMap map) {
    var line = map == null ? -1 : map.find(HeaderNames.GRPC_STATUS);
    return map == null || line < 0 ? -1 : map.valueAsLong(line);
  }

  /// `application/grpc`, alone or followed by `+` or `;`: gRPC-Web is something else.
  private static boolean isGrpc(@Nullable HeaderMap request) {
    var line = request == null ? -1 : request.find(HeaderNames.CONTENT_TYPE);
    if (request == null || line < 0 || !request.valueStartsWith(line, GRPC)) {
      return false;
    }
    if (request.valueLength(line) == GRPC.length) {
      return true;
    }
    var next = request.valueByte(line, GRPC.length);
    return next == '+' || next == ';';
  }

  private static String snake(String camel) {
    return camel.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toUpperCase(Locale.ROOT);
  }

  /// How the status is written.
  enum Style {
    CAMEL_STRING,
    SNAKE_STRING,
    NUMBER
  }
}

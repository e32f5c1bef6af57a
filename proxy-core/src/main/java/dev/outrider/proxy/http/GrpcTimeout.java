package dev.outrider.proxy.http;

/// `grpc-timeout` of a request: how long its caller waits (gRPC over HTTP/2, "Timeout"). At most
/// eight digits and a unit.
public final class GrpcTimeout {
  private static final long MOST = 99_999_999;
  private static final String UNITS = "mSMH";

  private GrpcTimeout() {}

  /// In milliseconds, one at least unless it says zero of them; -1 if there is none, or none that
  /// can be read.
  public static long millis(HeaderMap request) {
    var line = request.find(HeaderNames.GRPC_TIMEOUT);
    var digits = line < 0 ? -1 : request.valueLength(line) - 1;
    if (digits < 1) {
      return -1;
    }
    var count = Digits.parse(request.array(), request.valueOffset(line), digits);
    if (count < 0 || count > MOST) {
      return -1;
    }
    return switch (request.valueByte(line, digits)) {
      case 'H' -> count * 3_600_000;
      case 'M' -> count * 60_000;
      case 'S' -> count * 1_000;
      case 'm' -> count;
      case 'u' -> Math.max(1, count / 1_000);
      case 'n' -> Math.max(1, count / 1_000_000);
      default -> -1;
    };
  }

  /// In the finest unit that has room for it, as Envoy.
  public static void set(HeaderMap request, long millis) {
    var count = millis;
    var unit = 0;
    if (count > MOST) {
      count /= 1_000;
      unit++;
    }
    while (count > MOST && unit < UNITS.length() - 1) {
      count /= 60;
      unit++;
    }
    request.set(HeaderNames.GRPC_TIMEOUT, Math.min(MOST, count) + UNITS.substring(unit, unit + 1));
  }
}

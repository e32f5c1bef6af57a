package dev.outrider.proxy.routing;

import dev.outrider.proxy.http.GrpcTimeout;
import dev.outrider.proxy.http.HeaderMap;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How long a forwarded request may take.
///
/// @param total from the end of the request to the end of the response; zero = any time
/// @param idle without any byte either way; zero = any time, null = what the listener says
/// @param flush of the end of a response that its client does not take; zero = any time, null = as
///   `idle`
/// @param stream in place of `total` and `grpc`; null = what the listener says
/// @param grpc instead of `total`, for calls of gRPC; null = `total`
public record RouteTimeouts(
    Duration total,
    @Nullable Duration idle,
    @Nullable Duration flush,
    @Nullable StreamDuration stream,
    @Nullable GrpcCap grpc) {
  /// Envoy's.
  public static final RouteTimeouts DEFAULT = new RouteTimeouts(Duration.ofSeconds(15), null);

  public RouteTimeouts(Duration total, @Nullable Duration idle) {
    this(total, idle, null, null, null);
  }

  /// From the first byte of the request to the last of the response (Envoy
  /// route.v3.RouteAction.MaxStreamDuration). Nullable means: not said.
  ///
  /// @param max zero = any time
  /// @param grpcHeaderMax where it is said, `grpc-timeout` counts instead, up to this; zero = as it
  ///   is
  /// @param grpcHeaderOffset taken off that
  public record StreamDuration(
      @Nullable Duration max,
      @Nullable Duration grpcHeaderMax,
      @Nullable Duration grpcHeaderOffset) {

    /// What it means for a request; 0 = any time.
    ///
    /// @param usually what the listener says
    public long millis(HeaderMap request, long usually) {
      var asked = grpcHeaderMax == null ? -1 : GrpcTimeout.millis(request);
      if (asked < 0 || grpcHeaderMax == null) {
        return max == null ? usually : max.toMillis();
      }
      var millis = grpcHeaderMax.isZero() ? asked : Math.min(asked, grpcHeaderMax.toMillis());
      // 0 would mean any time: it is over at once.
      return Math.max(1, grpcHeaderOffset == null ? millis : millis - grpcHeaderOffset.toMillis());
    }
  }

  /// `grpc-timeout` of a call counts, up to a maximum, and is corrected by it (Envoy
  /// `RouteAction.max_grpc_timeout`, deprecated).
  ///
  /// @param max zero = as the call says, or any time
  /// @param offset taken off what the call says, if that leaves anything
  public record GrpcCap(Duration max, Duration offset) {
    private long millis(HeaderMap request) {
      var asked = Math.max(0, GrpcTimeout.millis(request));
      if (offset.toMillis() < asked) {
        asked -= offset.toMillis();
      }
      var most = max.toMillis();
      return most > 0 && (asked == 0 || asked > most) ? most : asked;
    }
  }

  /// What a request may take in all; 0 = any time.
  ///
  /// @param isGrpc whether it is a call of gRPC
  public long totalMillis(HeaderMap request, boolean isGrpc) {
    if (stream != null) { // which counts alone, as in Envoy
      return 0;
    }
    return isGrpc && grpc != null ? grpc.millis(request) : total.toMillis();
  }

  /// Whether `grpc-timeout` is made to say what counts.
  public boolean capsGrpc() {
    return grpc != null && stream == null;
  }
}

package dev.outrider.proxy.routing;

/// What may make a request be sent once more (Envoy `route.v3.RetryPolicy.retry_on`). Sets of them
/// are bits.
public enum RetryOn {
  SERVER_ERROR("5xx"),
  GATEWAY_ERROR("gateway-error"),
  RESET("reset"),
  RESET_BEFORE_REQUEST("reset-before-request"),
  CONNECT_FAILURE("connect-failure"),
  ENVOY_RATE_LIMITED("envoy-ratelimited"),
  RETRIABLE_4XX("retriable-4xx"),
  REFUSED_STREAM("refused-stream"),
  RETRIABLE_STATUS_CODES("retriable-status-codes"),
  RETRIABLE_HEADERS("retriable-headers"),
  /// Known so that it can be named; nothing is sent over HTTP/3.
  HTTP3_POST_CONNECT_FAILURE("http3-post-connect-failure"),
  GRPC_CANCELLED("cancelled", 1),
  GRPC_DEADLINE_EXCEEDED("deadline-exceeded", 4),
  GRPC_RESOURCE_EXHAUSTED("resource-exhausted", 8),
  GRPC_INTERNAL("internal", 13),
  GRPC_UNAVAILABLE("unavailable", 14);

  private static final RetryOn[] ALL = values();

  private final String token;
  private final int grpcStatus;

  RetryOn(String token) {
    this(token, -1);
  }

  RetryOn(String token, int grpcStatus) {
    this.token = token;
    this.grpcStatus = grpcStatus;
  }

  @SuppressWarnings("EnumOrdinal") // of a set that nobody stores
  public int bit() {
    return 1 << ordinal();
  }

  public boolean in(int bits) {
    return (bits & bit()) != 0;
  }

  /// What a policy says: conditions of both kinds. As in Envoy, a word that means nothing is left
  /// out.
  public static int parse(String list) {
    return parse(list, false) | parse(list, true);
  }

  /// As in a header, which speaks of one kind only.
  ///
  /// @param grpc of the status of gRPC
  public static int parse(String list, boolean grpc) {
    var bits = 0;
    for (var word : list.split(",", -1)) {
      for (var known : ALL) {
        if (known.grpcStatus >= 0 == grpc && known.token.equals(word.strip())) {
          bits |= known.bit();
        }
      }
    }
    return bits;
  }

  /// Whether one of them is this status of gRPC.
  public static boolean grpc(int bits, long status) {
    for (var known : ALL) {
      if (known.in(bits) && known.grpcStatus >= 0 && known.grpcStatus == status) {
        return true;
      }
    }
    return false;
  }
}

package dev.outrider.proxy.http;

/// Which pseudo-headers a head may hold. In a request `host` is another name for `:authority`, as
/// in Envoy.
public enum HeadKind {
  REQUEST,
  RESPONSE,
  TRAILERS;

  public boolean allows(int key) {
    return switch (key) {
      case HeaderNames.METHOD_ID,
          HeaderNames.PATH_ID,
          HeaderNames.AUTHORITY_ID,
          HeaderNames.SCHEME_ID,
          HeaderNames.PROTOCOL_ID ->
          this == REQUEST;
      case HeaderNames.STATUS_ID -> this == RESPONSE;
      default -> true;
    };
  }
}

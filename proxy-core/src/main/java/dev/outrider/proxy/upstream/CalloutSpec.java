package dev.outrider.proxy.upstream;

import dev.outrider.proxy.http.HeaderMap;
import org.jspecify.annotations.Nullable;

/// One call to make. `CalloutClient.call` *takes* head and trailers.
///
/// @param head with `:method`, `:path` and `:authority`; `content-length` is set from the body
/// @param body empty for none; not copied, must not change
/// @param timeoutMillis from the start of the call to the end of the answer; 0 = none
/// @param maxBodyBytes of the answer; a longer one is a failure; 0 = the cluster's buffer limit
@SuppressWarnings("ArrayRecordComponent") // moved, never compared
public record CalloutSpec(
    String cluster,
    HeaderMap head,
    byte[] body,
    @Nullable HeaderMap trailers,
    long timeoutMillis,
    int maxBodyBytes) {
  /// With the cluster's buffer limit.
  public CalloutSpec(
      String cluster,
      HeaderMap head,
      byte[] body,
      @Nullable HeaderMap trailers,
      long timeoutMillis) {
    this(cluster, head, body, trailers, timeoutMillis, 0);
  }
}

package dev.outrider.proxy.filter;

import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loop.Loop;
import org.jspecify.annotations.Nullable;

/// Whose messages the filters of [StreamFilters] see: a downstream stream, or one attempt of the
/// router. The `on*` methods are called with no filter on the stack.
public interface StreamHost {
  Loop loop();

  HeadStores heads();

  @Nullable HeaderMap requestHead();

  @Nullable HeaderMap responseHead();

  void clearRoute();

  /// *Takes* trailers that a filter adds to the request (or response): released with the other
  /// heads of the stream.
  void adopt(HeaderMap trailers);

  /// A filter answers. Both passes are stopped as far as they had begun.
  void onFilterReply(LocalReply reply);

  /// A filter ends the stream; both passes are stopped.
  void onFilterReset(ResetReason why, String details);

  /// A filter threw.
  void onBug(Throwable bug);
}

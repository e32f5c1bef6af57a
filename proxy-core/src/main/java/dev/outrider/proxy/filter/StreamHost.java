package dev.outrider.proxy.filter;

import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.routing.RouteMatch;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Whose messages the filters of [StreamFilters] see: a downstream stream, or one attempt of the
/// router. The `on*` methods are called with no filter on the stack.
public interface StreamHost {
  Loop loop();

  /// Holds the heads and trailers of both messages; who runs the stream releases them after the
  /// access log.
  StreamInfo info();

  HeadStores heads();

  void clearRoute();

  /// See [StreamHandle#route].
  default @Nullable RouteMatch route() {
    return null;
  }

  /// See [StreamHandle#awaitRoutes].
  ///
  /// @param done told on the loop, later: whether they are there
  /// @return has `done` not be told any more; null if there is nothing to ask for
  default @Nullable Runnable askForRoutes(Consumer<Boolean> done) {
    return null;
  }

  /// Has the route be chosen anew, from the table that there is now.
  default void renewRoutes() {
    clearRoute();
  }

  /// Shows the request to its filters anew, as far as it has come; false if that is not possible.
  default boolean showAgain() {
    return false;
  }

  /// A filter answers. Both passes are stopped as far as they had begun.
  void onFilterReply(LocalReply reply);

  /// A filter keeps more of the request than the buffer limit allows; the reply follows.
  default void onRequestTooLarge() {}

  /// As above, of the response.
  default void onResponseTooLarge() {}

  /// A filter ends the stream; both passes are stopped.
  void onFilterReset(ResetReason why, String details);

  /// A filter threw.
  void onBug(Throwable bug);
}

package dev.outrider.proxy.router;

import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.http.MessageSink;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.routing.RouteMatch;
import dev.outrider.proxy.stream.StreamInfo;
import org.jspecify.annotations.Nullable;

/// The stream that a [Router] works for.
public interface RouterHost {
  Loop loop();

  /// The router puts the response head and trailers here; the stream releases them.
  StreamInfo info();

  /// The route chosen for the request as it is now; null if none takes it.
  @Nullable RouteMatch route();

  /// The next call of [#route] chooses again.
  void clearRoute();

  /// Holds back the sender of the request.
  FlowControl requests();

  /// Where the response goes, one pass of filters before it.
  MessageSink responses();

  /// Whether 1xx responses of the upstream are for the client, who else has had its answer from the
  /// proxy.
  boolean passesInformational();

  /// The router answers by itself. Not carried out from inside this call; nothing more comes from
  /// the router.
  void onRouterReply(LocalReply reply);

  /// The request, changed meanwhile, begins anew, from the first filter on: its response so far
  /// leads somewhere else. Not carried out from inside this call; nothing more comes from the
  /// router until then.
  ///
  /// @param body of the request, complete; *taken*; null if it has none
  void onInternalRedirect(@Nullable BodyBuffer body);

  /// The response broke off after its head. Not carried out from inside this call; nothing more
  /// comes from the router.
  ///
  /// @param details response code details
  void onResponseBroken(ResetReason why, String details);
}

package dev.outrider.proxy.router;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.routing.MirrorPolicy;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/// The [Mirror]s of one request while it comes in. Made for the first request of a [Router] that
/// has any, and reused.
final class Mirrors {
  private static final String MARK = "-shadow";

  private final RouterHost host;
  private final List<Mirror> open = new ArrayList<>(1);

  Mirrors(RouterHost host) {
    this.host = host;
  }

  /// Borrows the head of the request, as it is sent.
  ///
  /// @param end the head is all
  /// @param timeoutMillis for each of them; 0 = any time
  void start(RoutedRequest request, RouterScope scope, boolean end, long timeoutMillis) {
    var head = request.head();
    var limit = scope.bodyLimit(request.forward().attempts());
    for (var policy : request.forward().mirrors()) {
      var name =
          policy.takes(host.info().runtime(), scope.random()) ? policy.clusterFor(head) : null;
      var cluster = name == null ? null : scope.upstreams().find(name);
      if (cluster == null) {
        continue;
      }
      var copy = copy(policy, head, scope);
      var mirror = new Mirror(cluster, host.loop(), copy, timeoutMillis, limit);
      if (!end) {
        open.add(mirror);
      }
      mirror.start(request.downstreamVersion(), end);
    }
  }

  private HeaderMap copy(MirrorPolicy policy, HeaderMap head, RouterScope scope) {
    var copy = head.copy();
    scope.edits().apply(policy.edits(), copy, host.info());
    if (!policy.host().isEmpty()) {
      copy.set(HeaderNames.AUTHORITY, policy.host());
    } else if (policy.marksHost()) {
      var name = copy.authority();
      copy.set(HeaderNames.AUTHORITY, marked(name == null ? "" : name));
    }
    copy.set(HeaderNames.X_ENVOY_INTERNAL, "true");
    var before = copy.get(HeaderNames.X_FORWARDED_FOR);
    copy.set(
        HeaderNames.X_FORWARDED_FOR,
        before == null ? scope.ownAddress() : before + "," + scope.ownAddress());
    return copy;
  }

  /// In front of the port, if there is one.
  private static String marked(String host) {
    var colon = host.lastIndexOf(':');
    var hasPort = colon > 0 && host.indexOf(']', colon) < 0;
    return hasPort ? host.substring(0, colon) + MARK + host.substring(colon) : host + MARK;
  }

  /// Borrows the chunk.
  void send(ByteBuf chunk, boolean end) {
    for (var i = 0; i < open.size(); i++) {
      open.get(i).send(chunk, end);
    }
    if (end) {
      open.clear(); // they live by themselves
    }
  }

  void sendTrailers(HeaderMap trailers) {
    for (var i = 0; i < open.size(); i++) {
      open.get(i).sendTrailers(trailers);
    }
    open.clear();
  }

  /// The request will not be complete.
  void cancel() {
    while (!open.isEmpty()) {
      open.removeLast().cancel();
    }
  }
}

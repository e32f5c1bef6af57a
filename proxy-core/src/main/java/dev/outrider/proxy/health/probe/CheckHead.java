package dev.outrider.proxy.health.probe;

import dev.outrider.proxy.attributes.HeaderEdit;
import dev.outrider.proxy.attributes.HeaderEdits;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.stream.ConnectionInfo;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.List;

/// The head that asks; the caller owns it.
final class CheckHead {
  private static final String USER_AGENT = "Envoy/HC";

  private CheckHead() {}

  static HeaderMap of(ProbeTarget target, String host, List<HeaderEdit> edits) {
    var head = target.heads().take(HeadKind.REQUEST);
    head.set(HeaderNames.AUTHORITY, target.host(host));
    head.set(HeaderNames.SCHEME, target.secured() ? "https" : "http");
    head.set(HeaderNames.USER_AGENT, USER_AGENT);
    if (!edits.isEmpty()) {
      var info = new StreamInfo();
      info.reset(ConnectionInfo.NONE, 0);
      info.requestHead(head);
      info.upstream().attempt(target.address(), target.endpoint().hostname());
      info.cluster(target.connections().config().name(), target.connections().config().statName());
      new HeaderEdits().apply(edits, head, info);
    }
    return head;
  }
}

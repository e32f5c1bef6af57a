package dev.outrider.proxy.filters.forwardproxy;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.Permit;
import dev.outrider.proxy.cluster.WantedName;
import dev.outrider.proxy.dns.NameAnswer;
import dev.outrider.proxy.filter.HeadStatus;
import dev.outrider.proxy.filter.HttpFilter;
import dev.outrider.proxy.filter.StreamHandle;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.stream.ResponseFlag;
import dev.outrider.proxy.upstream.Upstreams;
import org.jspecify.annotations.Nullable;

/// Holds a request until the host that it names has an address, or answers that it has none. One
/// stream.
final class ForwardProxyFilter implements HttpFilter {
  private static final LocalReply EMPTY_HOST =
      LocalReply.of(400, "Empty host header", "empty_host_header");
  private static final LocalReply TOO_MANY_WAIT =
      LocalReply.of(
          503,
          "Dynamic forward proxy pending request overflow",
          "dynamic_forward_proxy_pending_request_overflow");
  private static final LocalReply CACHE_FULL =
      LocalReply.of(503, "DNS cache overflow", "dns_cache_overflow");

  private final KnownNames names;
  private final Upstreams upstreams;
  private final StreamHandle stream;
  private final Permit waiting = new Permit();

  /// @param upstreams of the stream's loop
  ForwardProxyFilter(KnownNames names, Upstreams upstreams, StreamHandle stream) {
    this.names = names;
    this.upstreams = upstreams;
    this.stream = stream;
  }

  @Override
  public HeadStatus onRequestHead(HeaderMap head, boolean end) {
    var cluster = cluster();
    if (cluster == null || !(cluster.discovery() instanceof Discovery.DynamicForward)) {
      return HeadStatus.CONTINUE;
    }
    if (!names.admit(waiting)) { // as Envoy, also a request that would not have to wait
      return answer(TOO_MANY_WAIT);
    }
    var authority = head.get(HeaderNames.AUTHORITY);
    if (authority == null || authority.isEmpty()) {
      return answer(EMPTY_HOST);
    }
    var wanted = WantedName.of(authority, cluster.defaultPort());
    if (names.use(wanted)) {
      waiting.release();
      return HeadStatus.CONTINUE;
    }
    names.ask(wanted, this::onAnswer);
    return HeadStatus.HOLD_ALL_BACKPRESSURE;
  }

  private @Nullable Cluster cluster() {
    var route = stream.route();
    var cluster = route == null ? null : upstreams.find(route.clusterName());
    return cluster == null ? null : cluster.config();
  }

  private HeadStatus answer(LocalReply reply) {
    waiting.release();
    stream.reply(reply);
    return HeadStatus.HOLD_ALL_BACKPRESSURE;
  }

  /// The stream may be over.
  private void onAnswer(NameAnswer answer) {
    if (!waiting.held()) {
      return;
    }
    waiting.release();
    switch (answer) {
      case NameAnswer.Found _ -> stream.resumeRequest();
      case NameAnswer.Full _ -> stream.reply(CACHE_FULL);
      case NameAnswer.Failed(var details) -> {
        stream.info().flags().raise(ResponseFlag.DNS_RESOLUTION_FAILED);
        stream.reply(
            LocalReply.of(
                503,
                "DNS resolution failure",
                "dns_resolution_failure{" + details.replaceAll("\\s", "_") + "}"));
      }
    }
  }

  @Override
  public void onStreamEnd() {
    waiting.release();
  }
}

package dev.outrider.proxy.pipeline;

import dev.outrider.proxy.config.ForwardingOptions;
import dev.outrider.proxy.config.ServiceIdentity;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.stream.StreamInfo;
import java.nio.charset.StandardCharsets;

/// Envoy's changes to a request head before it is routed: what the next hop is told about the
/// client, and the control headers that a stranger may not set. Belongs to one worker.
final class ForwardedHeaders {
  private static final byte[] HTTP = "http".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] HTTPS = "https".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] TRUE = "true".getBytes(StandardCharsets.US_ASCII);
  private static final HeaderName[] NOT_FROM_STRANGERS = {
    HeaderNames.X_ENVOY_RETRIABLE_STATUS_CODES,
    HeaderNames.X_ENVOY_RETRIABLE_HEADER_NAMES,
    HeaderNames.X_ENVOY_RETRY_ON,
    HeaderNames.X_ENVOY_RETRY_GRPC_ON,
    HeaderNames.X_ENVOY_MAX_RETRIES,
    HeaderNames.X_ENVOY_UPSTREAM_ALT_STAT_NAME,
    HeaderNames.X_ENVOY_UPSTREAM_RQ_TIMEOUT_MS,
    HeaderNames.X_ENVOY_UPSTREAM_RQ_PER_TRY_TIMEOUT_MS,
    HeaderNames.X_ENVOY_UPSTREAM_RQ_TIMEOUT_ALT_RESPONSE,
    HeaderNames.X_ENVOY_EXPECTED_RQ_TIMEOUT_MS,
    HeaderNames.X_ENVOY_FORCE_TRACE,
    HeaderNames.X_ENVOY_IP_TAGS,
    HeaderNames.X_ENVOY_ORIGINAL_URL,
    HeaderNames.X_ENVOY_HEDGE_ON_PER_TRY_TIMEOUT,
  };
  private static final HeaderName[] NOT_AT_THE_EDGE = {
    HeaderNames.X_ENVOY_DECORATOR_OPERATION,
    HeaderNames.X_ENVOY_DOWNSTREAM_SERVICE_CLUSTER,
    HeaderNames.X_ENVOY_DOWNSTREAM_SERVICE_NODE,
    HeaderNames.X_ENVOY_ORIGINAL_PATH,
  };

  private final ForwardingOptions options;
  private final ClientAddress client;

  ForwardedHeaders(ForwardingOptions options) {
    this.options = options;
    this.client = new ClientAddress(options);
  }

  /// Returns the status to refuse the request with, or 0.
  int apply(HeaderMap head, StreamInfo info) {
    head.remove(HeaderNames.X_ENVOY_INTERNAL);
    Referer.drop(head);
    var peer = info.connection().remote();
    var refused = client.look(head, peer);
    if (refused != 0) {
      return refused;
    }
    var found = client.found();
    if (client.appended() && !peer.isPipe()) {
      head.append(HeaderNames.X_FORWARDED_FOR, ",", peer(info));
    }
    forward(head, info);
    if (client.internal()) {
      head.set(HeaderNames.X_ENVOY_INTERNAL, TRUE, 0, TRUE.length);
    } else {
      clean(head);
    }
    info.remote(found == null ? peer : found);
    if (options.userAgent() != null) {
      introduce(head, options.userAgent());
    }
    if (!options.via().isEmpty()) {
      head.append(HeaderNames.VIA, ", ", options.via());
    }
    if (edge() && !info.remote().isPipe()) {
      head.set(HeaderNames.X_ENVOY_EXTERNAL_ADDRESS, info.remote().host());
    }
    return 0;
  }

  /// The request comes from a stranger, and nobody has looked at it before us.
  boolean edge() {
    return options.useRemoteAddress() && !client.internal();
  }

  /// Which way the client came.
  private void forward(HeaderMap head, StreamInfo info) {
    var believed = !options.useRemoteAddress() || options.trustedHops() > 0;
    if (!believed || !head.contains(HeaderNames.X_FORWARDED_PROTO)) {
      var proto = info.connection().tls() == null ? HTTP : HTTPS;
      head.set(HeaderNames.X_FORWARDED_PROTO, proto, 0, proto.length);
    }
    if (options.appendPort() && (!believed || !head.contains(HeaderNames.X_FORWARDED_PORT))) {
      head.set(HeaderNames.X_FORWARDED_PORT, info.connection().local().port());
    }
    if (!options.scheme().isEmpty()) {
      head.set(HeaderNames.SCHEME, options.scheme());
      head.set(HeaderNames.X_FORWARDED_PROTO, options.scheme());
    }
  }

  private static void introduce(HeaderMap head, ServiceIdentity own) {
    head.set(HeaderNames.X_ENVOY_DOWNSTREAM_SERVICE_CLUSTER, own.cluster());
    var agent = head.find(HeaderNames.USER_AGENT);
    if (agent < 0 || head.valueLength(agent) == 0) {
      head.set(HeaderNames.USER_AGENT, own.cluster());
    }
    if (!own.node().isEmpty()) {
      head.set(HeaderNames.X_ENVOY_DOWNSTREAM_SERVICE_NODE, own.node());
    }
  }

  private void clean(HeaderMap head) {
    if (options.useRemoteAddress()) {
      for (var name : NOT_AT_THE_EDGE) {
        head.remove(name);
      }
    }
    for (var name : NOT_FROM_STRANGERS) {
      head.remove(name);
    }
  }

  /// A loopback peer is a process of this machine: the next hop is told the machine's own address.
  private static String peer(StreamInfo info) {
    var remote = info.connection().remote().host();
    return remote.equals("127.0.0.1") || remote.equals("::1") ? OwnAddress.TEXT : remote;
  }
}

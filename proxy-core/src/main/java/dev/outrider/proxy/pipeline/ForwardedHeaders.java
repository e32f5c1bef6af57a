package dev.outrider.proxy.pipeline;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.ForwardingOptions;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.stream.StreamInfo;
import io.netty.util.NetUtil;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Envoy's changes to a request head before it is routed: who the client is, what the next hop is
/// told about it, and the control headers that a stranger may not set. No address counts as
/// internal, as in Envoy since 1.33.
final class ForwardedHeaders {
  private static final byte[] HTTP = "http".getBytes(StandardCharsets.US_ASCII);
  private static final HeaderName[] NOT_FROM_STRANGERS = {
    HeaderNames.X_ENVOY_INTERNAL,
    HeaderName.of("x-envoy-retriable-status-codes"),
    HeaderName.of("x-envoy-retriable-header-names"),
    HeaderName.of("x-envoy-retry-on"),
    HeaderName.of("x-envoy-retry-grpc-on"),
    HeaderName.of("x-envoy-max-retries"),
    HeaderName.of("x-envoy-upstream-alt-stat-name"),
    HeaderName.of("x-envoy-upstream-rq-timeout-ms"),
    HeaderName.of("x-envoy-upstream-rq-per-try-timeout-ms"),
    HeaderName.of("x-envoy-upstream-rq-timeout-alt-response"),
    HeaderNames.X_ENVOY_EXPECTED_RQ_TIMEOUT_MS,
    HeaderName.of("x-envoy-force-trace"),
    HeaderName.of("x-envoy-ip-tags"),
    HeaderName.of("x-envoy-original-url"),
    HeaderName.of("x-envoy-hedge-on-per-try-timeout"),
  };
  private static final HeaderName[] NOT_AT_THE_EDGE = {
    HeaderNames.X_ENVOY_DECORATOR_OPERATION,
    HeaderNames.X_ENVOY_DOWNSTREAM_SERVICE_CLUSTER,
    HeaderName.of("x-envoy-downstream-service-node"),
    HeaderNames.X_ENVOY_ORIGINAL_PATH,
  };

  private ForwardedHeaders() {}

  static void apply(HeaderMap head, StreamInfo info, ForwardingOptions options) {
    var edge = options.useRemoteAddress();
    info.remote(client(head, info, options));
    for (var name : NOT_FROM_STRANGERS) {
      head.remove(name);
    }
    if (edge) {
      for (var name : NOT_AT_THE_EDGE) {
        head.remove(name);
      }
      if (!options.skipXffAppend()) {
        append(head, HeaderNames.X_FORWARDED_FOR, peer(info), ",");
      }
    }
    if ((edge && options.trustedHops() == 0) || !head.contains(HeaderNames.X_FORWARDED_PROTO)) {
      head.set(HeaderNames.X_FORWARDED_PROTO, HTTP, 0, HTTP.length);
    }
    if (!options.via().isEmpty()) {
      append(head, HeaderNames.VIA, options.via(), ", ");
    }
    if (edge) {
      head.set(HeaderNames.X_ENVOY_EXTERNAL_ADDRESS, info.remote().host());
    }
  }

  /// The peer, or as many hops before it as are trusted.
  private static HostPort client(HeaderMap head, StreamInfo info, ForwardingOptions options) {
    var peer = info.connection().remote();
    if (options.useRemoteAddress() && options.trustedHops() == 0) {
      return peer;
    }
    var back = options.useRemoteAddress() ? options.trustedHops() - 1 : options.trustedHops();
    var address = forwardedFor(head, back);
    return address == null ? peer : new HostPort(address, 0);
  }

  /// The entry of `x-forwarded-for` that stands `back` places before the last; null unless it is an
  /// address.
  private static @Nullable String forwardedFor(HeaderMap head, int back) {
    if (!head.contains(HeaderNames.X_FORWARDED_FOR)) {
      return null;
    }
    var entries = String.join(",", head.getAll(HeaderNames.X_FORWARDED_FOR)).split(",", -1);
    if (back >= entries.length) {
      return null;
    }
    var entry = entries[entries.length - 1 - back].trim();
    return NetUtil.isValidIpV4Address(entry) || NetUtil.isValidIpV6Address(entry) ? entry : null;
  }

  /// A loopback peer is a process of this machine: the next hop is told the machine's own address.
  private static String peer(StreamInfo info) {
    var remote = info.connection().remote().host();
    return remote.equals("127.0.0.1") || remote.equals("::1") ? OwnAddress.TEXT : remote;
  }

  private static void append(HeaderMap head, HeaderName name, String value, String separator) {
    var old = head.get(name);
    head.set(name, old == null ? value : old + separator + value);
  }
}

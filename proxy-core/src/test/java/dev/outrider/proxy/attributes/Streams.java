package dev.outrider.proxy.attributes;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.stream.ConnectionInfo;
import dev.outrider.proxy.stream.Protocol;
import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxy.stream.TimePoint;

/// Finished exchanges for tests.
public final class Streams {
  /// 2026-11-22T16:16:07.618321Z.
  public static final long START_MICROS = 1_795_364_167_618_321L;

  private Streams() {}

  public static HeaderMap head(HeadKind kind, String... namesAndValues) {
    var head = new HeadStores().take(kind);
    for (var i = 0; i < namesAndValues.length; i += 2) {
      if (!head.add(HeaderName.of(namesAndValues[i]), namesAndValues[i + 1])) {
        throw new IllegalArgumentException(namesAndValues[i]);
      }
    }
    return head;
  }

  /// A stream of which nothing is known but its connection and its beginning.
  public static StreamInfo begun() {
    var info = new StreamInfo();
    info.reset(
        new ConnectionInfo(42, new HostPort("127.0.0.1", 20600), new HostPort("127.0.0.1", 55123)),
        7);
    info.times().started(START_MICROS, 1_000_000_000L);
    info.protocol(Protocol.HTTP_1_1);
    return info;
  }

  /// `GET /a/x?q=1` with a 200 from 127.0.0.1:20610 after 6 ms.
  public static StreamInfo proxied() {
    var info = begun();
    info.requestHead(
        head(
            HeadKind.REQUEST,
            ":method",
            "GET",
            ":scheme",
            "http",
            ":authority",
            "example.test",
            ":path",
            "/a/x?q=1",
            "x-request-id",
            "454900df-95a2-454e-874d-7f02bc2d03bd"));
    info.responseHead(
        head(HeadKind.RESPONSE, ":status", "200", "x-envoy-upstream-service-time", "0"));
    info.responseCode(200);
    info.details("via_upstream");
    info.routed("vh", "");
    info.cluster("service_a", "service_a");
    info.upstream().countAttempt();
    info.upstream().attempt(new HostPort("127.0.0.1", 20610), "");
    info.upstream().connected(new HostPort("127.0.0.1", 40000), 9);
    info.sizes().addResponseBody(176);
    info.times().mark(TimePoint.DOWNSTREAM_RX_END, 1_001_000_000L);
    info.times().mark(TimePoint.UPSTREAM_TX_BEGIN, 1_002_000_000L);
    info.times().mark(TimePoint.UPSTREAM_TX_END, 1_002_500_000L);
    info.times().mark(TimePoint.UPSTREAM_RX_BEGIN, 1_004_000_000L);
    info.times().mark(TimePoint.UPSTREAM_RX_END, 1_005_000_000L);
    info.times().mark(TimePoint.DOWNSTREAM_TX_END, 1_006_000_000L);
    info.times().ended(1_006_400_000L);
    return info;
  }
}

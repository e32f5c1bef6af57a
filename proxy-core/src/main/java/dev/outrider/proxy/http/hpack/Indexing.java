package dev.outrider.proxy.http.hpack;

import dev.outrider.proxy.http.HeaderKey;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import java.util.Arrays;

/// Which fields the encoder puts into its dynamic table.
enum Indexing {
  /// From the second time that they are seen: a value that comes only once would push others out.
  REPEATED,

  /// Different in each message: not worth a look.
  CHANGING,

  /// Worth guessing for somebody who can see how well they compress; nobody on the way may index
  /// them either (RFC 7541 7.1.3).
  SECRET;

  private static final Indexing[] BY_KEY = byKey();

  static Indexing of(int key) {
    return HeaderKey.isKnown(key) ? BY_KEY[key] : REPEATED;
  }

  private static Indexing[] byKey() {
    var table = new Indexing[HeaderNames.count() + 1];
    Arrays.fill(table, REPEATED);
    fill(
        table,
        SECRET,
        HeaderNames.AUTHORIZATION,
        HeaderNames.PROXY_AUTHORIZATION,
        HeaderNames.COOKIE,
        HeaderNames.SET_COOKIE,
        HeaderNames.X_API_KEY);
    fill(
        table,
        CHANGING,
        HeaderNames.PATH,
        HeaderNames.CONTENT_LENGTH,
        HeaderNames.CONTENT_RANGE,
        HeaderNames.RANGE,
        HeaderNames.DATE,
        HeaderNames.AGE,
        HeaderNames.ETAG,
        HeaderNames.EXPIRES,
        HeaderNames.LAST_MODIFIED,
        HeaderNames.IF_MATCH,
        HeaderNames.IF_NONE_MATCH,
        HeaderNames.IF_MODIFIED_SINCE,
        HeaderNames.IF_UNMODIFIED_SINCE,
        HeaderNames.IF_RANGE,
        HeaderNames.LOCATION,
        HeaderNames.GRPC_MESSAGE,
        HeaderNames.GRPC_TIMEOUT,
        HeaderNames.X_REQUEST_ID,
        HeaderNames.X_CLIENT_TRACE_ID,
        HeaderNames.X_ENVOY_EXPECTED_RQ_TIMEOUT_MS,
        HeaderNames.X_ENVOY_UPSTREAM_SERVICE_TIME,
        HeaderNames.X_ENVOY_ORIGINAL_PATH,
        HeaderNames.TRACEPARENT,
        HeaderNames.X_B3_TRACEID,
        HeaderNames.X_B3_SPANID,
        HeaderNames.X_B3_PARENTSPANID,
        HeaderNames.B3);
    return table;
  }

  private static void fill(Indexing[] table, Indexing rule, HeaderName... names) {
    for (var name : names) {
      table[name.key()] = rule;
    }
  }
}

package dev.outrider.proxy.http;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The names that the proxy or its users meet often. Each has a fixed id: a head line that carries
/// one is recognised once, when it is read, and afterwards compared as an int.
public final class HeaderNames {
  static final int METHOD_ID = 1;
  static final int PATH_ID = 2;
  static final int AUTHORITY_ID = 3;
  static final int SCHEME_ID = 4;
  static final int STATUS_ID = 5;
  static final int PROTOCOL_ID = 6;
  static final int HOST_ID = 7;
  static final int CONTENT_LENGTH_ID = 8;
  static final int TRANSFER_ENCODING_ID = 9;
  static final int CONNECTION_ID = 10;
  static final int UPGRADE_ID = 11;
  static final int EXPECT_ID = 12;
  static final int KEEP_ALIVE_ID = 13;
  static final int PROXY_CONNECTION_ID = 14;
  static final int TE_ID = 15;
  static final int TRAILER_ID = 16;
  static final int HTTP2_SETTINGS_ID = 17;

  public static final HeaderName METHOD = new HeaderName(":method", METHOD_ID);
  public static final HeaderName PATH = new HeaderName(":path", PATH_ID);
  public static final HeaderName AUTHORITY = new HeaderName(":authority", AUTHORITY_ID);
  public static final HeaderName SCHEME = new HeaderName(":scheme", SCHEME_ID);
  public static final HeaderName STATUS = new HeaderName(":status", STATUS_ID);
  public static final HeaderName PROTOCOL = new HeaderName(":protocol", PROTOCOL_ID);
  public static final HeaderName HOST = new HeaderName("host", HOST_ID);
  public static final HeaderName CONTENT_LENGTH =
      new HeaderName("content-length", CONTENT_LENGTH_ID);
  public static final HeaderName TRANSFER_ENCODING =
      new HeaderName("transfer-encoding", TRANSFER_ENCODING_ID);
  public static final HeaderName CONNECTION = new HeaderName("connection", CONNECTION_ID);
  public static final HeaderName UPGRADE = new HeaderName("upgrade", UPGRADE_ID);
  public static final HeaderName EXPECT = new HeaderName("expect", EXPECT_ID);
  public static final HeaderName KEEP_ALIVE = new HeaderName("keep-alive", KEEP_ALIVE_ID);
  public static final HeaderName PROXY_CONNECTION =
      new HeaderName("proxy-connection", PROXY_CONNECTION_ID);
  public static final HeaderName TE = new HeaderName("te", TE_ID);
  public static final HeaderName TRAILER = new HeaderName("trailer", TRAILER_ID);
  public static final HeaderName HTTP2_SETTINGS =
      new HeaderName("http2-settings", HTTP2_SETTINGS_ID);
  public static final HeaderName ACCEPT = new HeaderName("accept", 18);
  public static final HeaderName ACCEPT_CHARSET = new HeaderName("accept-charset", 19);
  public static final HeaderName ACCEPT_ENCODING = new HeaderName("accept-encoding", 20);
  public static final HeaderName ACCEPT_LANGUAGE = new HeaderName("accept-language", 21);
  public static final HeaderName ACCEPT_RANGES = new HeaderName("accept-ranges", 22);
  public static final HeaderName ACCESS_CONTROL_ALLOW_ORIGIN =
      new HeaderName("access-control-allow-origin", 23);
  public static final HeaderName AGE = new HeaderName("age", 24);
  public static final HeaderName ALLOW = new HeaderName("allow", 25);
  public static final HeaderName AUTHORIZATION = new HeaderName("authorization", 26);
  public static final HeaderName CACHE_CONTROL = new HeaderName("cache-control", 27);
  public static final HeaderName CONTENT_DISPOSITION = new HeaderName("content-disposition", 28);
  public static final HeaderName CONTENT_ENCODING = new HeaderName("content-encoding", 29);
  public static final HeaderName CONTENT_LANGUAGE = new HeaderName("content-language", 30);
  public static final HeaderName CONTENT_LOCATION = new HeaderName("content-location", 31);
  public static final HeaderName CONTENT_RANGE = new HeaderName("content-range", 32);
  public static final HeaderName CONTENT_TYPE = new HeaderName("content-type", 33);
  public static final HeaderName COOKIE = new HeaderName("cookie", 34);
  public static final HeaderName DATE = new HeaderName("date", 35);
  public static final HeaderName ETAG = new HeaderName("etag", 36);
  public static final HeaderName EXPIRES = new HeaderName("expires", 37);
  public static final HeaderName FORWARDED = new HeaderName("forwarded", 38);
  public static final HeaderName FROM = new HeaderName("from", 39);
  public static final HeaderName IF_MATCH = new HeaderName("if-match", 40);
  public static final HeaderName IF_MODIFIED_SINCE = new HeaderName("if-modified-since", 41);
  public static final HeaderName IF_NONE_MATCH = new HeaderName("if-none-match", 42);
  public static final HeaderName IF_RANGE = new HeaderName("if-range", 43);
  public static final HeaderName IF_UNMODIFIED_SINCE = new HeaderName("if-unmodified-since", 44);
  public static final HeaderName LAST_MODIFIED = new HeaderName("last-modified", 45);
  public static final HeaderName LINK = new HeaderName("link", 46);
  public static final HeaderName LOCATION = new HeaderName("location", 47);
  public static final HeaderName MAX_FORWARDS = new HeaderName("max-forwards", 48);
  public static final HeaderName ORIGIN = new HeaderName("origin", 49);
  public static final HeaderName PRAGMA = new HeaderName("pragma", 50);
  public static final HeaderName PROXY_AUTHENTICATE = new HeaderName("proxy-authenticate", 51);
  public static final HeaderName PROXY_AUTHORIZATION = new HeaderName("proxy-authorization", 52);
  public static final HeaderName RANGE = new HeaderName("range", 53);
  public static final HeaderName REFERER = new HeaderName("referer", 54);
  public static final HeaderName RETRY_AFTER = new HeaderName("retry-after", 55);
  public static final HeaderName SERVER = new HeaderName("server", 56);
  public static final HeaderName SET_COOKIE = new HeaderName("set-cookie", 57);
  public static final HeaderName STRICT_TRANSPORT_SECURITY =
      new HeaderName("strict-transport-security", 58);
  public static final HeaderName USER_AGENT = new HeaderName("user-agent", 59);
  public static final HeaderName VARY = new HeaderName("vary", 60);
  public static final HeaderName VIA = new HeaderName("via", 61);
  public static final HeaderName WWW_AUTHENTICATE = new HeaderName("www-authenticate", 62);
  public static final HeaderName X_CONTENT_TYPE_OPTIONS =
      new HeaderName("x-content-type-options", 63);
  public static final HeaderName X_FRAME_OPTIONS = new HeaderName("x-frame-options", 64);
  public static final HeaderName GRPC_STATUS = new HeaderName("grpc-status", 65);
  public static final HeaderName GRPC_MESSAGE = new HeaderName("grpc-message", 66);
  public static final HeaderName GRPC_TIMEOUT = new HeaderName("grpc-timeout", 67);
  public static final HeaderName GRPC_ENCODING = new HeaderName("grpc-encoding", 68);
  public static final HeaderName GRPC_ACCEPT_ENCODING = new HeaderName("grpc-accept-encoding", 69);
  public static final HeaderName X_API_KEY = new HeaderName("x-api-key", 70);
  public static final HeaderName X_FORWARDED_FOR = new HeaderName("x-forwarded-for", 71);
  public static final HeaderName X_FORWARDED_HOST = new HeaderName("x-forwarded-host", 72);
  public static final HeaderName X_FORWARDED_PORT = new HeaderName("x-forwarded-port", 73);
  public static final HeaderName X_FORWARDED_PROTO = new HeaderName("x-forwarded-proto", 74);
  public static final HeaderName X_FORWARDED_CLIENT_CERT =
      new HeaderName("x-forwarded-client-cert", 75);
  public static final HeaderName X_REQUEST_ID = new HeaderName("x-request-id", 76);
  public static final HeaderName X_CLIENT_TRACE_ID = new HeaderName("x-client-trace-id", 77);
  public static final HeaderName X_ENVOY_INTERNAL = new HeaderName("x-envoy-internal", 78);
  public static final HeaderName X_ENVOY_EXTERNAL_ADDRESS =
      new HeaderName("x-envoy-external-address", 79);
  public static final HeaderName X_ENVOY_EXPECTED_RQ_TIMEOUT_MS =
      new HeaderName("x-envoy-expected-rq-timeout-ms", 80);
  public static final HeaderName X_ENVOY_UPSTREAM_SERVICE_TIME =
      new HeaderName("x-envoy-upstream-service-time", 81);
  public static final HeaderName X_ENVOY_OVERLOADED = new HeaderName("x-envoy-overloaded", 82);
  public static final HeaderName X_ENVOY_ORIGINAL_PATH =
      new HeaderName("x-envoy-original-path", 83);
  public static final HeaderName X_ENVOY_ORIGINAL_HOST =
      new HeaderName("x-envoy-original-host", 84);
  public static final HeaderName X_ENVOY_ATTEMPT_COUNT =
      new HeaderName("x-envoy-attempt-count", 85);
  public static final HeaderName X_ENVOY_DECORATOR_OPERATION =
      new HeaderName("x-envoy-decorator-operation", 86);
  public static final HeaderName X_ENVOY_DOWNSTREAM_SERVICE_CLUSTER =
      new HeaderName("x-envoy-downstream-service-cluster", 87);
  public static final HeaderName X_ENVOY_DOWNSTREAM_SERVICE_NODE =
      new HeaderName("x-envoy-downstream-service-node", 88);
  public static final HeaderName X_ENVOY_RETRY_ON = new HeaderName("x-envoy-retry-on", 89);
  public static final HeaderName X_ENVOY_RETRY_GRPC_ON =
      new HeaderName("x-envoy-retry-grpc-on", 90);
  public static final HeaderName X_ENVOY_MAX_RETRIES = new HeaderName("x-envoy-max-retries", 91);
  public static final HeaderName X_ENVOY_RETRIABLE_STATUS_CODES =
      new HeaderName("x-envoy-retriable-status-codes", 92);
  public static final HeaderName X_ENVOY_RETRIABLE_HEADER_NAMES =
      new HeaderName("x-envoy-retriable-header-names", 93);
  public static final HeaderName X_ENVOY_UPSTREAM_ALT_STAT_NAME =
      new HeaderName("x-envoy-upstream-alt-stat-name", 94);
  public static final HeaderName X_ENVOY_UPSTREAM_RQ_TIMEOUT_MS =
      new HeaderName("x-envoy-upstream-rq-timeout-ms", 95);
  public static final HeaderName X_ENVOY_UPSTREAM_RQ_PER_TRY_TIMEOUT_MS =
      new HeaderName("x-envoy-upstream-rq-per-try-timeout-ms", 96);
  public static final HeaderName X_ENVOY_UPSTREAM_RQ_TIMEOUT_ALT_RESPONSE =
      new HeaderName("x-envoy-upstream-rq-timeout-alt-response", 97);
  public static final HeaderName X_ENVOY_HEDGE_ON_PER_TRY_TIMEOUT =
      new HeaderName("x-envoy-hedge-on-per-try-timeout", 98);
  public static final HeaderName X_ENVOY_FORCE_TRACE = new HeaderName("x-envoy-force-trace", 99);
  public static final HeaderName X_ENVOY_IP_TAGS = new HeaderName("x-envoy-ip-tags", 100);
  public static final HeaderName X_ENVOY_ORIGINAL_URL = new HeaderName("x-envoy-original-url", 101);
  public static final HeaderName TRACEPARENT = new HeaderName("traceparent", 102);
  public static final HeaderName TRACESTATE = new HeaderName("tracestate", 103);
  public static final HeaderName X_B3_TRACEID = new HeaderName("x-b3-traceid", 104);
  public static final HeaderName X_B3_SPANID = new HeaderName("x-b3-spanid", 105);
  public static final HeaderName X_B3_SAMPLED = new HeaderName("x-b3-sampled", 106);
  public static final HeaderName X_B3_PARENTSPANID = new HeaderName("x-b3-parentspanid", 107);
  public static final HeaderName X_B3_FLAGS = new HeaderName("x-b3-flags", 108);
  public static final HeaderName B3 = new HeaderName("b3", 109);
  public static final HeaderName BAGGAGE = new HeaderName("baggage", 110);
  public static final HeaderName REFRESH = new HeaderName("refresh", 111);

  private static final HeaderName[] ALL = {
    METHOD,
    PATH,
    AUTHORITY,
    SCHEME,
    STATUS,
    PROTOCOL,
    HOST,
    CONTENT_LENGTH,
    TRANSFER_ENCODING,
    CONNECTION,
    UPGRADE,
    EXPECT,
    KEEP_ALIVE,
    PROXY_CONNECTION,
    TE,
    TRAILER,
    HTTP2_SETTINGS,
    ACCEPT,
    ACCEPT_CHARSET,
    ACCEPT_ENCODING,
    ACCEPT_LANGUAGE,
    ACCEPT_RANGES,
    ACCESS_CONTROL_ALLOW_ORIGIN,
    AGE,
    ALLOW,
    AUTHORIZATION,
    CACHE_CONTROL,
    CONTENT_DISPOSITION,
    CONTENT_ENCODING,
    CONTENT_LANGUAGE,
    CONTENT_LOCATION,
    CONTENT_RANGE,
    CONTENT_TYPE,
    COOKIE,
    DATE,
    ETAG,
    EXPIRES,
    FORWARDED,
    FROM,
    IF_MATCH,
    IF_MODIFIED_SINCE,
    IF_NONE_MATCH,
    IF_RANGE,
    IF_UNMODIFIED_SINCE,
    LAST_MODIFIED,
    LINK,
    LOCATION,
    MAX_FORWARDS,
    ORIGIN,
    PRAGMA,
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    RANGE,
    REFERER,
    RETRY_AFTER,
    SERVER,
    SET_COOKIE,
    STRICT_TRANSPORT_SECURITY,
    USER_AGENT,
    VARY,
    VIA,
    WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
    GRPC_STATUS,
    GRPC_MESSAGE,
    GRPC_TIMEOUT,
    GRPC_ENCODING,
    GRPC_ACCEPT_ENCODING,
    X_API_KEY,
    X_FORWARDED_FOR,
    X_FORWARDED_HOST,
    X_FORWARDED_PORT,
    X_FORWARDED_PROTO,
    X_FORWARDED_CLIENT_CERT,
    X_REQUEST_ID,
    X_CLIENT_TRACE_ID,
    X_ENVOY_INTERNAL,
    X_ENVOY_EXTERNAL_ADDRESS,
    X_ENVOY_EXPECTED_RQ_TIMEOUT_MS,
    X_ENVOY_UPSTREAM_SERVICE_TIME,
    X_ENVOY_OVERLOADED,
    X_ENVOY_ORIGINAL_PATH,
    X_ENVOY_ORIGINAL_HOST,
    X_ENVOY_ATTEMPT_COUNT,
    X_ENVOY_DECORATOR_OPERATION,
    X_ENVOY_DOWNSTREAM_SERVICE_CLUSTER,
    X_ENVOY_DOWNSTREAM_SERVICE_NODE,
    X_ENVOY_RETRY_ON,
    X_ENVOY_RETRY_GRPC_ON,
    X_ENVOY_MAX_RETRIES,
    X_ENVOY_RETRIABLE_STATUS_CODES,
    X_ENVOY_RETRIABLE_HEADER_NAMES,
    X_ENVOY_UPSTREAM_ALT_STAT_NAME,
    X_ENVOY_UPSTREAM_RQ_TIMEOUT_MS,
    X_ENVOY_UPSTREAM_RQ_PER_TRY_TIMEOUT_MS,
    X_ENVOY_UPSTREAM_RQ_TIMEOUT_ALT_RESPONSE,
    X_ENVOY_HEDGE_ON_PER_TRY_TIMEOUT,
    X_ENVOY_FORCE_TRACE,
    X_ENVOY_IP_TAGS,
    X_ENVOY_ORIGINAL_URL,
    TRACEPARENT,
    TRACESTATE,
    X_B3_TRACEID,
    X_B3_SPANID,
    X_B3_SAMPLED,
    X_B3_PARENTSPANID,
    X_B3_FLAGS,
    B3,
    BAGGAGE,
    REFRESH
  };

  private static final int BUCKETS = 512;
  private static final @Nullable HeaderName[] TABLE = table();

  private HeaderNames() {}

  /// The name with that id (1 to [#count()]).
  public static HeaderName byId(int id) {
    return ALL[id - 1];
  }

  public static int count() {
    return ALL.length;
  }

  /// Borrows lower-case bytes, and their [HeaderKey#hash]. Null if the name is not a known one.
  static @Nullable HeaderName lookup(byte[] name, int offset, int length, int hash) {
    for (var slot = slot(hash); ; slot = slot + 1 & BUCKETS - 1) {
      var candidate = TABLE[slot];
      if (candidate == null) {
        return null;
      }
      var bytes = candidate.bytes();
      if (bytes.length == length
          && Arrays.equals(bytes, 0, length, name, offset, offset + length)) {
        return candidate;
      }
    }
  }

  /// Key of a name of any case, `hash` being that of its lower-case form.
  static int foldedKey(byte[] name, int offset, int length, int hash) {
    for (var slot = slot(hash); ; slot = slot + 1 & BUCKETS - 1) {
      var candidate = TABLE[slot];
      if (candidate == null) {
        return HeaderKey.ofUnknown(hash);
      }
      if (candidate.length() == length && equalsFolded(candidate.bytes(), name, offset)) {
        return candidate.key();
      }
    }
  }

  private static boolean equalsFolded(byte[] lowerCase, byte[] name, int offset) {
    for (var i = 0; i < lowerCase.length; i++) {
      var b = name[offset + i];
      if (lowerCase[i] != b && lowerCase[i] != HeaderSyntax.fold(b)) {
        return false;
      }
    }
    return true;
  }

  private static int slot(int hash) {
    return (hash * 0x9E3779B9) >>> 23;
  }

  private static @Nullable HeaderName[] table() {
    var table = new @Nullable HeaderName[BUCKETS];
    for (var name : ALL) {
      var bytes = name.bytes();
      var slot = slot(HeaderKey.hash(bytes, 0, bytes.length));
      while (table[slot] != null) {
        slot = slot + 1 & BUCKETS - 1;
      }
      table[slot] = name;
    }
    return table;
  }
}

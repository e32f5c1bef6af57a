package dev.outrider.bench;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.outrider.proxywasm.testkit.Wat;
import io.envoyproxy.envoy.config.core.v3.DataSource;

/// Guests of a few lines that do one thing over and over while a request's head is theirs: what it
/// costs through the proxy's own host.
enum HostCall implements MeasuredFilter {
  /// The loop itself.
  NOTHING("(i32.const 0)"),
  GET_HEADER(Wat.call("proxy_get_header_map_value", 0, 1000, 10, 100, 104)),
  REPLACE_HEADER(Wat.call("proxy_replace_header_map_value", 0, 1000, 10, 1100, 16)),
  /// Two calls.
  ADD_AND_REMOVE_HEADER(
      Wat.call("proxy_add_header_map_value", 0, 1200, 7, 1100, 16)
          + "(drop) "
          + Wat.call("proxy_remove_header_map_value", 0, 1200, 7)),
  GET_PROPERTY(Wat.call("proxy_get_property", 1300, 12, 100, 104)),
  /// Below the level that is logged.
  LOG(Wat.call("proxy_log", 0, 1100, 16)),
  CLOCK(Wat.call("proxy_get_current_time_nanoseconds", 112)),
  /// Twenty headers added, read and removed: sixty calls.
  TWENTY_HEADERS(twentyHeaders());

  /// How often a guest does it for one request.
  static final int TIMES = 100;

  private static final String USER_AGENT = "user-agent";
  private static final int FIRST_NAME = 2000;
  private static final int NAME_BYTES = 6;

  private final String work;

  HostCall(String work) {
    this.work = work;
  }

  private static String twentyHeaders() {
    var work = new StringBuilder();
    for (int i = 0; i < 20; i++) {
      work.append(
          Wat.call("proxy_add_header_map_value", 0, FIRST_NAME + i * NAME_BYTES, 6, 1100, 16));
      work.append("(drop) ");
    }
    for (int i = 0; i < 20; i++) {
      work.append(
          Wat.call("proxy_get_header_map_value", 0, FIRST_NAME + i * NAME_BYTES, 6, 100, 104));
      work.append("(drop) ");
    }
    for (int i = 0; i < 20; i++) {
      work.append(Wat.call("proxy_remove_header_map_value", 0, FIRST_NAME + i * NAME_BYTES, 6));
      work.append(i < 19 ? "(drop) " : "");
    }
    return work.toString();
  }

  /// A bump allocator that begins anew with every round: values read are small.
  private byte[] module() {
    var guest =
        Wat.guest()
            .data(1000, USER_AGENT)
            .data(1100, "0123456789abcdef")
            .data(1200, "x-added")
            .data(1300, "request\0path")
            .on(
                "proxy_on_request_headers",
                "iii:i",
                """
                (local $left i32)
                (local.set $left (i32.const %d))
                (loop $next
                  (global.set $heap (i32.const 65536))
                  %s
                  (drop)
                  (local.set $left (i32.sub (local.get $left) (i32.const 1)))
                  (br_if $next (local.get $left)))
                (i32.const 0)
                """
                    .formatted(TIMES, work));
    for (int i = 0; i < 20; i++) {
      guest.data(FIRST_NAME + i * NAME_BYTES, "x-h-%02d".formatted(i));
    }
    return guest.wasm();
  }

  @Override
  public Any asFilterConfig() {
    var code = DataSource.newBuilder().setInlineBytes(ByteString.copyFrom(module())).build();
    return MeasuredFilter.config(name(), code, "");
  }

  @Override
  public String header() {
    return "x-plain";
  }

  @Override
  public String value() {
    return "1";
  }
}

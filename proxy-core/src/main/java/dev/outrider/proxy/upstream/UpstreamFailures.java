package dev.outrider.proxy.upstream;

import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.stream.ResponseFlag;
import org.jspecify.annotations.Nullable;

/// What the proxy answers in place of an upstream that gave no answer: Envoy's statuses, bodies,
/// details and flags. The one place where a reset becomes a status.
public final class UpstreamFailures {
  public static final LocalReply CLUSTER_NOT_FOUND = LocalReply.of(503, "cluster_not_found");
  public static final LocalReply NO_HEALTHY_UPSTREAM =
      LocalReply.of(503, "no healthy upstream", "no_healthy_upstream");
  public static final LocalReply TIMEOUT = timeout("response_timeout");

  public static final LocalReply DROP_OVERLOAD =
      LocalReply.of(503, "drop overload", "drop_overload")
          .withHeader(HeaderName.of("x-envoy-drop-overload"), "true");

  public static final LocalReply UNCONDITIONAL_DROP_OVERLOAD =
      LocalReply.of(503, "unconditional drop overload", "unconditional_drop_overload")
          .withHeader(HeaderName.of("x-envoy-unconditional-drop-overload"), "true");

  private UpstreamFailures() {}

  /// The answer to a client that has waited too long.
  ///
  /// @param details for what
  public static LocalReply timeout(String details) {
    return LocalReply.of(504, "upstream request timeout", details);
  }

  /// The answer to a client whose attempt was reset before a response began.
  ///
  /// @param detail the transport's failure; empty if that was not the reason
  public static LocalReply reply(ResetReason why, String detail) {
    return reply(why, detail, false);
  }

  /// The status of it.
  public static int status(ResetReason why) {
    return why == ResetReason.PROTOCOL_ERROR ? 502 : 503;
  }

  /// As [#reply(ResetReason, String)].
  ///
  /// @param retried it was not the first attempt
  public static LocalReply reply(ResetReason why, String detail, boolean retried) {
    var body =
        "upstream connect error or disconnect/reset before headers. "
            + (retried ? "retried and the latest " : "")
            + "reset reason: "
            + why.text();
    var reply =
        LocalReply.of(
            status(why), body, details("upstream_reset_before_response_started", why, detail));
    return why == ResetReason.OVERFLOW
        ? reply.withHeader(HeaderNames.X_ENVOY_OVERLOADED, "true")
        : reply;
  }

  /// Response code details: `<event>{<reason>|<transport failure>}`, without blanks.
  public static String details(String event, ResetReason why, String detail) {
    var text = detail.isEmpty() ? why.details() : why.details() + "|" + detail.replace(' ', '_');
    return event + "{" + text + "}";
  }

  /// The response flag of an attempt that ended so.
  public static @Nullable ResponseFlag flag(ResetReason why) {
    return switch (why) {
      case LOCAL_CONNECTION_FAILURE, REMOTE_CONNECTION_FAILURE, CONNECTION_TIMEOUT ->
          ResponseFlag.UPSTREAM_CONNECTION_FAILURE;
      case CONNECTION_TERMINATION, PREMATURE_HALF_CLOSE ->
          ResponseFlag.UPSTREAM_CONNECTION_TERMINATION;
      case LOCAL_RESET, LOCAL_REFUSED -> ResponseFlag.LOCAL_RESET;
      case OVERFLOW -> ResponseFlag.UPSTREAM_OVERFLOW;
      case REMOTE_RESET, REMOTE_REFUSED, CONNECT_ERROR -> ResponseFlag.UPSTREAM_REMOTE_RESET;
      case PROTOCOL_ERROR -> ResponseFlag.UPSTREAM_PROTOCOL_ERROR;
      case OVERLOAD -> ResponseFlag.OVERLOAD_MANAGER_TERMINATED;
    };
  }
}

package dev.outrider.proxy.downstream;

import dev.outrider.proxy.config.ProxyStatusOptions;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.stream.ResponseFlag;
import dev.outrider.proxy.stream.StreamInfo;
import org.jspecify.annotations.Nullable;

/// The error types of RFC 9209 2.3 that response flags stand for, as Envoy maps them.
enum ProxyStatus {
  DESTINATION_UNAVAILABLE("destination_unavailable", 503),
  DESTINATION_NOT_FOUND("destination_not_found", 500),
  DNS_ERROR("dns_error", 502),
  CONNECTION_TIMEOUT("connection_timeout", 504),
  CONNECTION_REFUSED("connection_refused", 502),
  CONNECTION_TERMINATED("connection_terminated", 502),
  CONNECTION_LIMIT_REACHED("connection_limit_reached", 503),
  HTTP_RESPONSE_TIMEOUT("http_response_timeout", 504),
  HTTP_REQUEST_ERROR("http_request_error", 0),
  HTTP_PROTOCOL_ERROR("http_protocol_error", 502),
  PROXY_CONFIGURATION_ERROR("proxy_configuration_error", 500);

  private static final HeaderName NAME = HeaderName.of("proxy-status");

  /// In the order in which Envoy asks.
  private static final ResponseFlag[] FLAGS = {
    ResponseFlag.FAILED_LOCAL_HEALTH_CHECK,
    ResponseFlag.NO_HEALTHY_UPSTREAM,
    ResponseFlag.UPSTREAM_REQUEST_TIMEOUT,
    ResponseFlag.LOCAL_RESET,
    ResponseFlag.UPSTREAM_REMOTE_RESET,
    ResponseFlag.UPSTREAM_CONNECTION_FAILURE,
    ResponseFlag.UPSTREAM_CONNECTION_TERMINATION,
    ResponseFlag.UPSTREAM_OVERFLOW,
    ResponseFlag.NO_ROUTE_FOUND,
    ResponseFlag.RATE_LIMITED,
    ResponseFlag.RATE_LIMIT_SERVICE_ERROR,
    ResponseFlag.UPSTREAM_RETRY_LIMIT_EXCEEDED,
    ResponseFlag.STREAM_IDLE_TIMEOUT,
    ResponseFlag.INVALID_ENVOY_REQUEST_HEADERS,
    ResponseFlag.DOWNSTREAM_PROTOCOL_ERROR,
    ResponseFlag.UPSTREAM_MAX_STREAM_DURATION_REACHED,
    ResponseFlag.NO_FILTER_CONFIG_FOUND,
    ResponseFlag.UPSTREAM_PROTOCOL_ERROR,
    ResponseFlag.NO_CLUSTER_FOUND,
    ResponseFlag.DNS_RESOLUTION_FAILED
  };

  private final String text;
  private final int code;

  /// @param code that the RFC recommends; 0 = none
  ProxyStatus(String text, int code) {
    this.text = text;
    this.code = code;
  }

  /// Says what went wrong; nothing if nothing did.
  static void apply(HeaderMap head, StreamInfo info, ProxyStatusOptions options) {
    var status = of(info);
    if (status == null) {
      return;
    }
    var value = status.write(info, options);
    var before = head.get(NAME);
    head.set(NAME, before == null ? value : before + ", " + value);
    if (options.recommendedCode() && status.code != 0) {
      head.setStatus(status.code);
    }
  }

  private static @Nullable ProxyStatus of(StreamInfo info) {
    if (!info.flags().isEmpty()) {
      for (var flag : FLAGS) {
        if (info.flags().has(flag)) {
          return of(flag);
        }
      }
    }
    return null;
  }

  private static @Nullable ProxyStatus of(ResponseFlag flag) {
    return switch (flag) {
      case FAILED_LOCAL_HEALTH_CHECK,
          NO_HEALTHY_UPSTREAM,
          UPSTREAM_RETRY_LIMIT_EXCEEDED,
          NO_CLUSTER_FOUND ->
          DESTINATION_UNAVAILABLE;
      case UPSTREAM_REQUEST_TIMEOUT, STREAM_IDLE_TIMEOUT, UPSTREAM_MAX_STREAM_DURATION_REACHED ->
          HTTP_RESPONSE_TIMEOUT;
      case LOCAL_RESET -> CONNECTION_TIMEOUT;
      case UPSTREAM_REMOTE_RESET, UPSTREAM_CONNECTION_TERMINATION -> CONNECTION_TERMINATED;
      case UPSTREAM_CONNECTION_FAILURE -> CONNECTION_REFUSED;
      case UPSTREAM_OVERFLOW, RATE_LIMITED, RATE_LIMIT_SERVICE_ERROR -> CONNECTION_LIMIT_REACHED;
      case NO_ROUTE_FOUND -> DESTINATION_NOT_FOUND;
      case INVALID_ENVOY_REQUEST_HEADERS, DOWNSTREAM_PROTOCOL_ERROR -> HTTP_REQUEST_ERROR;
      case NO_FILTER_CONFIG_FOUND -> PROXY_CONFIGURATION_ERROR;
      case UPSTREAM_PROTOCOL_ERROR -> HTTP_PROTOCOL_ERROR;
      case DNS_RESOLUTION_FAILED -> DNS_ERROR;
      case DELAY_INJECTED,
          FAULT_INJECTED,
          UNAUTHORIZED_EXTERNAL_SERVICE,
          DOWNSTREAM_CONNECTION_TERMINATION,
          RESPONSE_FROM_CACHE_FILTER,
          DURATION_TIMEOUT,
          OVERLOAD_MANAGER_TERMINATED,
          DROP_OVERLOAD,
          DOWNSTREAM_REMOTE_RESET,
          UNCONDITIONAL_DROP_OVERLOAD ->
          null;
    };
  }

  private String write(StreamInfo info, ProxyStatusOptions options) {
    var value = new StringBuilder(options.name()).append("; error=").append(text);
    if (options.details() && !info.details().isEmpty()) {
      value.append("; details=\"");
      var from = value.length();
      value.append(info.details());
      if (options.terminationDetails() && !info.connectionTermination().isEmpty()) {
        value.append("; ").append(info.connectionTermination());
      }
      if (options.flags()) {
        value.append("; ");
        for (var i = 0; i < info.flags().count(); i++) {
          value.append(i == 0 ? "" : ",").append(info.flags().at(i).shortName());
        }
      }
      quote(value, from);
      value.append('"');
    }
    return value.toString();
  }

  /// Makes what stands from there on fit to stand in a string (RFC 9651 3.3.3): guests write
  /// details too.
  private static void quote(StringBuilder value, int from) {
    for (var i = value.length() - 1; i >= from; i--) {
      var letter = value.charAt(i);
      if (letter == '"' || letter == '\\') {
        value.insert(i, '\\');
      } else if (letter < ' ' || letter > '~') {
        value.setCharAt(i, '?');
      }
    }
  }
}

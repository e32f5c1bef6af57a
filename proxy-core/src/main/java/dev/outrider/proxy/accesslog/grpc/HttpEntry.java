package dev.outrider.proxy.accesslog.grpc;

import com.google.protobuf.UInt32Value;
import dev.outrider.proxy.accesslog.grpc.GrpcLogConfig.LoggedHeaders;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.stream.StreamInfo;
import io.envoyproxy.envoy.config.core.v3.RequestMethod;
import io.envoyproxy.envoy.data.accesslog.v3.HTTPAccessLogEntry;
import io.envoyproxy.envoy.data.accesslog.v3.HTTPAccessLogEntry.HTTPVersion;
import io.envoyproxy.envoy.data.accesslog.v3.HTTPRequestProperties;
import io.envoyproxy.envoy.data.accesslog.v3.HTTPResponseProperties;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One request as an entry.
final class HttpEntry {
  private HttpEntry() {}

  static HTTPAccessLogEntry of(StreamInfo info, LoggedHeaders headers) {
    return HTTPAccessLogEntry.newBuilder()
        .setCommonProperties(CommonProperties.of(info))
        .setProtocolVersion(version(info))
        .setRequest(request(info, headers.request()))
        .setResponse(response(info, headers))
        .build();
  }

  private static HTTPVersion version(StreamInfo info) {
    return switch (info.protocol()) {
      case null -> HTTPVersion.PROTOCOL_UNSPECIFIED;
      case HTTP_1_0 -> HTTPVersion.HTTP10;
      case HTTP_1_1 -> HTTPVersion.HTTP11;
      case HTTP_2 -> HTTPVersion.HTTP2;
      case HTTP_3 -> HTTPVersion.HTTP3;
    };
  }

  private static HTTPRequestProperties request(StreamInfo info, List<HeaderName> logged) {
    var head = info.requestHead();
    return HTTPRequestProperties.newBuilder()
        .setRequestMethod(method(text(head, HeaderNames.METHOD)))
        .setScheme(text(head, HeaderNames.SCHEME))
        .setAuthority(text(head, HeaderNames.AUTHORITY))
        .setPath(text(head, HeaderNames.PATH))
        .setUserAgent(text(head, HeaderNames.USER_AGENT))
        .setReferer(text(head, HeaderNames.REFERER))
        .setForwardedFor(text(head, HeaderNames.X_FORWARDED_FOR))
        .setRequestId(text(head, HeaderNames.X_REQUEST_ID))
        .setOriginalPath(text(head, HeaderNames.X_ENVOY_ORIGINAL_PATH))
        .setRequestHeadersBytes(head == null ? 0 : head.byteSize())
        .setRequestBodyBytes(info.sizes().requestBody())
        .putAllRequestHeaders(headers(head, logged))
        .setUpstreamHeaderBytesSent(info.sizes().upstream().headersSent())
        .setDownstreamHeaderBytesReceived(info.sizes().downstream().headersReceived())
        .build();
  }

  private static HTTPResponseProperties response(StreamInfo info, LoggedHeaders logged) {
    var head = info.responseHead();
    var response =
        HTTPResponseProperties.newBuilder()
            .setResponseHeadersBytes(head == null ? 0 : head.byteSize())
            .setResponseBodyBytes(info.sizes().responseBody())
            .putAllResponseHeaders(headers(head, logged.response()))
            .putAllResponseTrailers(headers(info.responseTrailers(), logged.trailers()))
            .setResponseCodeDetails(info.details())
            .setUpstreamHeaderBytesReceived(info.sizes().upstream().headersReceived())
            .setDownstreamHeaderBytesSent(info.sizes().downstream().headersSent());
    if (info.responseCode() != 0) {
      response.setResponseCode(UInt32Value.of(info.responseCode()));
    }
    return response.build();
  }

  /// Those that are there, the lines of one name joined.
  private static Map<String, String> headers(@Nullable HeaderMap head, List<HeaderName> logged) {
    if (head == null || logged.isEmpty()) {
      return Map.of();
    }
    var found = new LinkedHashMap<String, String>();
    for (var name : logged) {
      var values = new ArrayList<String>(1);
      for (var line = head.find(name); line >= 0; line = head.find(name, line + 1)) {
        values.add(value(head, line));
      }
      if (!values.isEmpty()) {
        found.put(name.toString(), String.join(",", values));
      }
    }
    return found;
  }

  private static String text(@Nullable HeaderMap head, HeaderName name) {
    var line = head == null ? -1 : head.find(name);
    return head == null || line < 0 ? "" : value(head, line);
  }

  /// Bytes that are no UTF-8, which a message cannot hold, are replaced.
  private static String value(HeaderMap head, int line) {
    return new String(
        head.array(), head.valueOffset(line), head.valueLength(line), StandardCharsets.UTF_8);
  }

  private static RequestMethod method(String text) {
    return switch (text) {
      case "GET" -> RequestMethod.GET;
      case "HEAD" -> RequestMethod.HEAD;
      case "POST" -> RequestMethod.POST;
      case "PUT" -> RequestMethod.PUT;
      case "DELETE" -> RequestMethod.DELETE;
      case "CONNECT" -> RequestMethod.CONNECT;
      case "OPTIONS" -> RequestMethod.OPTIONS;
      case "TRACE" -> RequestMethod.TRACE;
      case "PATCH" -> RequestMethod.PATCH;
      default -> RequestMethod.METHOD_UNSPECIFIED;
    };
  }
}

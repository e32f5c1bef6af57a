package dev.outrider.proxywasm.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxywasm.HttpStreamContext;
import dev.outrider.proxywasm.PluginContext;
import dev.outrider.proxywasm.host.BufferKind;
import dev.outrider.proxywasm.host.FilterDataStatus;
import dev.outrider.proxywasm.host.FilterHeadersStatus;
import dev.outrider.proxywasm.host.FilterTrailersStatus;
import dev.outrider.proxywasm.host.GuestReply;
import dev.outrider.proxywasm.host.HeaderMapKind;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One HTTP exchange through the filter under test: show it a request, then a response, and look at
/// what became of both.
public final class TestExchange implements AutoCloseable {
  private final ScriptedStream host = new ScriptedStream();
  private final HttpStreamContext context;
  private final StringBuilder sentRequestBody = new StringBuilder();
  private final StringBuilder sentResponseBody = new StringBuilder();
  private @Nullable FilterHeadersStatus requestStatus;
  private @Nullable FilterHeadersStatus responseStatus;
  private @Nullable FilterDataStatus lastRequestBody;
  private @Nullable FilterDataStatus lastResponseBody;

  TestExchange(PluginContext plugin) {
    context = plugin.newHttpStream(host);
  }

  /// Shows a request without a body.
  ///
  /// @param headers name, value, name, value, beside the pseudo-headers
  public TestExchange request(String method, String path, String... headers) {
    var _ = onRequestHeaders(requestHead(method, path, headers), true);
    return this;
  }

  /// Shows a request and, unless the guest stops everything at the head, its body in one piece.
  public TestExchange requestWithBody(String method, String path, String body, String... headers) {
    if (showsBody(onRequestHeaders(requestHead(method, path, headers), false))) {
      var _ = onRequestBody(body, true);
    }
    return this;
  }

  /// Shows the response of the service, and its body in one piece if there is one.
  public TestExchange respond(int status, String body, String... headers) {
    var head = withHeaders(TestHeaders.of(":status", Integer.toString(status)), headers);
    if (showsBody(onResponseHeaders(head, body.isEmpty())) && !body.isEmpty()) {
      var _ = onResponseBody(body, true);
    }
    return this;
  }

  private static boolean showsBody(FilterHeadersStatus status) {
    return status == FilterHeadersStatus.CONTINUE || status == FilterHeadersStatus.STOP_ITERATION;
  }

  private static TestHeaders requestHead(String method, String path, String... headers) {
    var head =
        TestHeaders.of(
            ":method", method, ":path", path, ":authority", "example.com", ":scheme", "http");
    return withHeaders(head, headers);
  }

  private static TestHeaders withHeaders(TestHeaders head, String... headers) {
    for (int i = 0; i < headers.length; i += 2) {
      head.with(headers[i], headers[i + 1]);
    }
    return head;
  }

  public FilterHeadersStatus onRequestHeaders(TestHeaders head, boolean end) {
    host.put(HeaderMapKind.REQUEST_HEADERS, head);
    requestStatus = context.onRequestHeaders(head.size(), end);
    return requestStatus;
  }

  /// Shows bytes as Envoy does: all that is held if the last answer was "buffer", else these only.
  public FilterDataStatus onRequestBody(String bytes, boolean end) {
    var body = accumulate(BufferKind.REQUEST_BODY, lastRequestBody, bytes);
    lastRequestBody = context.onRequestBody(body.length(), end);
    if (lastRequestBody == FilterDataStatus.CONTINUE) {
      sentRequestBody.append(body.text());
    }
    return lastRequestBody;
  }

  public FilterTrailersStatus onRequestTrailers(TestHeaders trailers) {
    host.put(HeaderMapKind.REQUEST_TRAILERS, trailers);
    return context.onRequestTrailers(trailers.size());
  }

  public FilterHeadersStatus onResponseHeaders(TestHeaders head, boolean end) {
    host.put(HeaderMapKind.RESPONSE_HEADERS, head);
    responseStatus = context.onResponseHeaders(head.size(), end);
    return responseStatus;
  }

  /// As [#onRequestBody].
  public FilterDataStatus onResponseBody(String bytes, boolean end) {
    var body = accumulate(BufferKind.RESPONSE_BODY, lastResponseBody, bytes);
    lastResponseBody = context.onResponseBody(body.length(), end);
    if (lastResponseBody == FilterDataStatus.CONTINUE) {
      sentResponseBody.append(body.text());
    }
    return lastResponseBody;
  }

  public FilterTrailersStatus onResponseTrailers(TestHeaders trailers) {
    host.put(HeaderMapKind.RESPONSE_TRAILERS, trailers);
    return context.onResponseTrailers(trailers.size());
  }

  private TestBody accumulate(BufferKind kind, @Nullable FilterDataStatus last, String bytes) {
    var held = host.content(kind);
    if (held != null && last == FilterDataStatus.STOP_ITERATION_AND_BUFFER) {
      held.append(bytes);
      return held;
    }
    var body = new TestBody(bytes);
    host.put(kind, body);
    return body;
  }

  /// Whether the request head went on to the next filter: at once, or by a later resume.
  public boolean requestWentOn() {
    return host.replies().isEmpty()
        && (requestStatus == FilterHeadersStatus.CONTINUE || effects().contains("resume REQUEST"));
  }

  /// What the guest answered to the request head.
  public FilterHeadersStatus requestStatus() {
    return Objects.requireNonNull(requestStatus, "no request was shown");
  }

  /// What the guest answered to the response head.
  public FilterHeadersStatus responseStatus() {
    return Objects.requireNonNull(responseStatus, "no response was shown");
  }

  /// The request head as the guest left it.
  public TestHeaders requestHeaders() {
    return map(HeaderMapKind.REQUEST_HEADERS);
  }

  /// The response head as the guest left it.
  public TestHeaders responseHeaders() {
    return map(HeaderMapKind.RESPONSE_HEADERS);
  }

  /// One of the exchange's maps as the guest left it; an error if there is none.
  public TestHeaders map(HeaderMapKind kind) {
    return Objects.requireNonNull(host.map(kind), "no " + kind);
  }

  /// Request body bytes that went on.
  public String requestBody() {
    return sentRequestBody.toString();
  }

  /// Response body bytes that went on.
  public String responseBody() {
    return sentResponseBody.toString();
  }

  /// The guest's own response; an error if there is none.
  public GuestReply reply() {
    if (host.replies().isEmpty()) {
      throw new AssertionError("the guest sent no response; effects: " + host.effects());
    }
    return host.replies().getFirst();
  }

  /// Body of the guest's own response.
  public String replyBody() {
    return new String(reply().body(), UTF_8);
  }

  /// First value of a header of the guest's own response, or null.
  public @Nullable String replyHeader(String name) {
    return reply().headers().first(name);
  }

  /// What the guest did to the exchange, in order; see [ScriptedStream#effects].
  public List<String> effects() {
    return host.effects();
  }

  public ScriptedStream host() {
    return host;
  }

  public HttpStreamContext context() {
    return context;
  }

  /// Ends the exchange: the guest logs and forgets it.
  @Override
  public void close() {
    context.close();
  }
}

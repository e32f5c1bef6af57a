package dev.outrider.proxy.filter;

import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.HeaderMap;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/// Writes down what it is shown and answers as told; both directions alike. When the script is at
/// its end it continues.
final class ScriptedFilter implements HttpFilter {
  private final String name;
  private final List<String> trace;
  final StreamHandle handle;
  final Deque<HeadStatus> heads = new ArrayDeque<>();
  final Deque<BodyStatus> bodies = new ArrayDeque<>();
  final Deque<TrailersStatus> trailers = new ArrayDeque<>();
  Consumer<HeaderMap> onHead = _ -> {};
  Consumer<BodyBuffer> onBody = _ -> {};

  ScriptedFilter(String name, List<String> trace, StreamHandle handle) {
    this.name = name;
    this.trace = trace;
    this.handle = handle;
  }

  private HeadStatus head(HeaderMap head, boolean end) {
    trace.add(name + ":head" + (end ? "." : ""));
    onHead.accept(head);
    return heads.isEmpty() ? HeadStatus.CONTINUE : heads.poll();
  }

  private BodyStatus body(BodyBuffer body, boolean end) {
    var bytes = new byte[body.length()];
    body.getBytes(0, bytes.length, bytes, 0);
    trace.add(name + ":" + new String(bytes, StandardCharsets.UTF_8) + (end ? "." : ""));
    onBody.accept(body);
    return bodies.isEmpty() ? BodyStatus.CONTINUE : bodies.poll();
  }

  private TrailersStatus trailers() {
    trace.add(name + ":trailers");
    return trailers.isEmpty() ? TrailersStatus.CONTINUE : trailers.poll();
  }

  @Override
  public HeadStatus onRequestHead(HeaderMap head, boolean end) {
    return head(head, end);
  }

  @Override
  public BodyStatus onRequestBody(BodyBuffer body, boolean end) {
    return body(body, end);
  }

  @Override
  public TrailersStatus onRequestTrailers(HeaderMap map) {
    return trailers();
  }

  @Override
  public HeadStatus onResponseHead(HeaderMap head, boolean end) {
    return head(head, end);
  }

  @Override
  public BodyStatus onResponseBody(BodyBuffer body, boolean end) {
    return body(body, end);
  }

  @Override
  public TrailersStatus onResponseTrailers(HeaderMap map) {
    return trailers();
  }

  @Override
  public void onInformational(HeaderMap head) {
    trace.add(name + ":1xx");
  }

  @Override
  public void onStreamEnd() {
    trace.add(name + ":end");
  }
}

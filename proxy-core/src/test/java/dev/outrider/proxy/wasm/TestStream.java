package dev.outrider.proxy.wasm;

import dev.outrider.proxy.filter.StreamFilters;
import dev.outrider.proxy.filter.StreamHost;
import dev.outrider.proxy.filter.WorkerFilterFactory;
import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.LocalReplies;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.http.RecordingSink;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.stream.StreamInfo;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One exchange through the real filter passes, of which both ends only write down what they get.
/// End it: it checks that nothing is left behind.
final class TestStream implements StreamHost, AutoCloseable {
  private final FakeLoop loop;
  private final HeadStores heads = new HeadStores();
  private final StreamInfo info = new StreamInfo();
  private final StreamFilters filters = new StreamFilters(this);
  private final List<String> asked = new ArrayList<>();
  private final RecordingSink upstream = new RecordingSink();
  private final RecordingSink client = new RecordingSink();

  TestStream(FakeLoop loop, WorkerFilterFactory... factories) {
    this.loop = loop;
    filters.beginRequest(upstream, new Source(), 1 << 20);
    filters.beginResponse(client, new Source(), 1 << 20);
    for (var factory : factories) {
      filters.add(factory);
    }
    filters.ready();
  }

  /// @param headers names and values in turn
  TestStream request(boolean end, String... headers) {
    var head = heads.take(HeadKind.REQUEST);
    head.set(HeaderNames.METHOD, "GET");
    head.set(HeaderNames.PATH, "/");
    head.set(HeaderNames.AUTHORITY, "a.test");
    fill(head, headers);
    info.requestHead(head);
    inTurn(() -> filters.request().onHead(head, end));
    return this;
  }

  TestStream get(String... headers) {
    return request(true, headers);
  }

  TestStream requestBody(String text, boolean end) {
    inTurn(
        () ->
            filters
                .request()
                .onBody(Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.UTF_8)), end));
    return this;
  }

  TestStream requestTrailers(String... fields) {
    var trailers = heads.take(HeadKind.TRAILERS);
    fill(trailers, fields);
    info.requestTrailers(trailers);
    inTurn(() -> filters.request().onTrailers(trailers));
    return this;
  }

  TestStream responseBody(String text, boolean end) {
    inTurn(
        () ->
            filters
                .response()
                .onBody(Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.UTF_8)), end));
    return this;
  }

  TestStream responseTrailers(String... fields) {
    var trailers = heads.take(HeadKind.TRAILERS);
    fill(trailers, fields);
    info.responseTrailers(trailers);
    inTurn(() -> filters.response().onTrailers(trailers));
    return this;
  }

  TestStream response(int status, boolean end, String... headers) {
    var head = heads.take(HeadKind.RESPONSE);
    head.setStatus(status);
    fill(head, headers);
    info.responseHead(head);
    inTurn(() -> filters.response().onHead(head, end));
    return this;
  }

  /// A head before that of the response, `103`.
  TestStream informational(int status) {
    var head = heads.take(HeadKind.RESPONSE);
    head.setStatus(status);
    inTurn(() -> filters.response().onInformational(head));
    head.release();
    return this;
  }

  /// What the upstream was sent.
  List<String> upstream() {
    return upstream.events();
  }

  /// What the client was sent.
  List<String> client() {
    return client.events();
  }

  /// `clearRoute`, `reply <status> <details>`, `reset <reason> <details>`.
  List<String> asked() {
    return asked;
  }

  @Override
  public FakeLoop loop() {
    return loop;
  }

  @Override
  public StreamInfo info() {
    return info;
  }

  @Override
  public HeadStores heads() {
    return heads;
  }

  @Override
  public void clearRoute() {
    asked.add("clearRoute");
  }

  /// As the proxy does: through the response filters, unless a response is under way.
  @Override
  public void onFilterReply(LocalReply reply) {
    asked.add("reply " + reply.status() + " " + reply.details());
    filters.onLocalReply(reply);
    var before = info.responseHead();
    var head = LocalReplies.head(reply, false, heads);
    info.responseHead(head);
    if (before == null) {
      filters.response().onHead(head, true);
    } else {
      before.release();
      client.onHead(head, true);
    }
  }

  @Override
  public void onFilterReset(ResetReason why, String details) {
    asked.add("reset " + why + " " + details);
  }

  @Override
  public void onBug(Throwable bug) {
    throw new AssertionError(bug);
  }

  @Override
  public void close() {
    inTurn(filters::end);
    filters.recycle();
    release(info.requestHead());
    release(info.requestTrailers());
    release(info.responseHead());
    release(info.responseTrailers());
    if (heads.outstanding() != 0) {
      throw new AssertionError(heads.outstanding() + " heads are not released");
    }
  }

  private static void release(@Nullable HeaderMap head) {
    if (head != null) {
      head.release();
    }
  }

  private static void fill(HeaderMap head, String... headers) {
    for (int i = 0; i < headers.length; i += 2) {
      head.add(HeaderName.of(headers[i]), headers[i + 1]);
    }
  }

  private void inTurn(Runnable event) {
    loop.execute(event);
    loop.runTasks();
  }

  private static final class Source implements FlowControl {
    @Override
    public void hold(Hold cause) {}

    @Override
    public void release(Hold cause) {}
  }
}

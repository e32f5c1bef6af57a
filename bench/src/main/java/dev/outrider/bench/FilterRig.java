package dev.outrider.bench;

import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.filter.StreamFilters;
import dev.outrider.proxy.filter.StreamHost;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.filter.WorkerFilterFactory;
import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.http.MessageSink;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.runtime.RuntimeReader;
import dev.outrider.proxy.stream.ConnectionInfo;
import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxy.upstream.Callout;
import dev.outrider.proxy.upstream.CalloutClient;
import dev.outrider.proxy.upstream.CalloutSink;
import dev.outrider.proxy.upstream.CalloutSpec;
import dev.outrider.proxy.upstream.GrpcCallout;
import dev.outrider.proxy.upstream.GrpcCalloutSink;
import dev.outrider.proxy.upstream.GrpcCalloutSpec;
import dev.outrider.proxy.upstream.Upstreams;
import dev.outrider.proxy.wasm.WasmFilterProvider;
import dev.outrider.proxy.wasm.WasmPlugins;
import io.netty.buffer.ByteBuf;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A stream's way through its filters, from the request's head to the end of the stream, over and
/// over: what one filter costs is the difference to no filter.
final class FilterRig implements StreamHost, WorkerContext {
  private static final ParseContext PLACE = new ParseContext("bench", "", "wasm");
  private static final FlowControl SOURCE =
      new FlowControl() {
        @Override
        public void hold(Hold cause) {}

        @Override
        public void release(Hold cause) {}
      };

  private final RigLoop loop = new RigLoop();
  private final HeadStores heads = new HeadStores(false);
  private final StreamInfo info = new StreamInfo();
  private final StreamFilters filters = new StreamFilters(this);
  private final End upstream = new End();
  private final End client = new End();
  private final HeaderMap requestTemplate = heads.take(HeadKind.REQUEST);
  private final HeaderMap responseTemplate = heads.take(HeadKind.RESPONSE);
  private final @Nullable WorkerFilterFactory factory;
  private final Runnable request = this::request;
  private final Runnable response = this::response;
  private final Runnable end = filters::end;
  private long streams;

  private FilterRig(@Nullable MeasuredFilter filter) {
    fill(requestTemplate, responseTemplate, filter);
    factory = filter == null ? null : load(filter).forWorker(this);
  }

  static FilterRig withoutFilter() {
    return new FilterRig(null);
  }

  static FilterRig of(MeasuredFilter filter) {
    return new FilterRig(filter);
  }

  private HttpFilterFactory load(MeasuredFilter filter) {
    var provider =
        new WasmFilterProvider(
            new WasmPlugins(1, loop.clock(), new MetricRegistry(2), Runnable::run));
    var parsed = provider.parse(filter.asFilterConfig(), PLACE).toCompletableFuture().join();
    return switch (parsed) {
      case Parsed.Valid<HttpFilterFactory>(var valid) -> valid;
      case Parsed.Invalid<HttpFilterFactory>(var problems) ->
          throw new IllegalStateException(problems.toString());
    };
  }

  private static void fill(HeaderMap request, HeaderMap response, @Nullable MeasuredFilter filter) {
    request.set(HeaderNames.METHOD, "GET");
    request.set(HeaderNames.PATH, "/api/v1/items?page=2");
    request.set(HeaderNames.SCHEME, "http");
    request.set(HeaderNames.AUTHORITY, "shop.example.test");
    request.set(HeaderNames.USER_AGENT, "curl/8.5.0");
    add(request, "accept", "*/*");
    add(request, "accept-encoding", "gzip, deflate");
    add(request, "x-request-id", "7c2d2a1e-6f0a-4b1e-9a51-2f3c6d7e8f90");
    add(request, "x-forwarded-for", "10.0.0.1");
    add(
        request,
        filter == null ? "x-plain" : filter.header(),
        filter == null ? "1" : filter.value());
    response.setStatus(200);
    add(response, "content-type", "application/json");
    add(response, "content-length", "1024");
    add(response, "cache-control", "no-cache");
    add(response, "date", "Sat, 22 Nov 2025 19:00:00 GMT");
    add(response, "server", "backend");
    add(response, "etag", "\"33a64df551425fcc55e4d42a148795d9f25f89d4\"");
    add(response, "vary", "accept-encoding");
    add(response, "x-frame-options", "DENY");
    add(response, "x-content-type-options", "nosniff");
  }

  private static void add(HeaderMap head, String name, String value) {
    head.add(HeaderName.of(name), value);
  }

  /// One stream. Fails if the filter did anything but let it pass.
  void run() {
    info.reset(ConnectionInfo.NONE, ++streams);
    filters.beginRequest(upstream, SOURCE, 1 << 20);
    filters.beginResponse(client, SOURCE, 1 << 20);
    if (factory != null) {
      filters.add(factory);
    }
    filters.ready();
    loop.turn(request);
    loop.turn(response);
    loop.turn(end);
    filters.recycle();
    release(info.requestHead());
    release(info.responseHead());
    if (upstream.heads != streams || client.heads != streams) {
      throw new IllegalStateException("the stream did not pass: " + info.details());
    }
  }

  private void request() {
    var head = heads.take(HeadKind.REQUEST);
    head.copyOf(requestTemplate);
    info.requestHead(head);
    filters.request().onHead(head, true);
  }

  private void response() {
    var head = heads.take(HeadKind.RESPONSE);
    head.copyOf(responseTemplate);
    info.responseHead(head);
    filters.response().onHead(head, true);
  }

  private static void release(@Nullable HeaderMap head) {
    if (head != null) {
      head.release();
    }
  }

  // ---- the stream's host

  @Override
  public RigLoop loop() {
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
  public void clearRoute() {}

  @Override
  public void onFilterReply(LocalReply reply) {
    throw new IllegalStateException("answered " + reply.status() + " " + reply.details());
  }

  @Override
  public void onFilterReset(ResetReason why, String details) {
    throw new IllegalStateException("reset " + why + " " + details);
  }

  @Override
  public void onBug(Throwable bug) {
    throw new IllegalStateException(bug);
  }

  @Override
  public Upstreams upstreams() {
    throw new IllegalStateException("there are no clusters");
  }

  @Override
  public RandomGenerator random() {
    return new SplittableRandom(1);
  }

  @Override
  public RuntimeReader runtime() {
    return new RuntimeReader();
  }

  @Override
  public CalloutClient callouts() {
    return NOBODY;
  }

  private static final CalloutClient NOBODY =
      new CalloutClient() {
        @Override
        public boolean knows(String cluster) {
          return false;
        }

        @Override
        public @Nullable Callout call(CalloutSpec spec, CalloutSink outcome) {
          throw new IllegalStateException("a call to " + spec.cluster());
        }

        @Override
        public @Nullable GrpcCallout grpc(GrpcCalloutSpec spec, GrpcCalloutSink sink) {
          throw new IllegalStateException("a call to " + spec.cluster());
        }
      };

  /// Where a pass ends: counts heads.
  private static final class End implements MessageSink {
    private long heads;

    @Override
    public void onHead(HeaderMap head, boolean end) {
      heads++;
    }

    @Override
    public void onBody(ByteBuf chunk, boolean end) {
      chunk.release();
    }

    @Override
    public void onTrailers(HeaderMap trailers) {}

    @Override
    public void onReset(ResetReason why) {}
  }
}

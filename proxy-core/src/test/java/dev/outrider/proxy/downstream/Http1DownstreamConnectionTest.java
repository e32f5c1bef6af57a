package dev.outrider.proxy.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.SharedClusters;
import dev.outrider.proxy.config.CodecType;
import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.config.DrainOptions;
import dev.outrider.proxy.config.EncodedMessage;
import dev.outrider.proxy.config.FilterChain;
import dev.outrider.proxy.config.ForwardingOptions;
import dev.outrider.proxy.config.HttpConnectionManagerConfig;
import dev.outrider.proxy.config.HttpFilterEntry;
import dev.outrider.proxy.config.HttpLimits;
import dev.outrider.proxy.config.HttpTimeouts;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.config.RequestIdOptions;
import dev.outrider.proxy.config.RequestOptions;
import dev.outrider.proxy.config.RouteSource;
import dev.outrider.proxy.config.ServerHeader;
import dev.outrider.proxy.filter.HeadStatus;
import dev.outrider.proxy.filter.HttpFilter;
import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.filter.StreamHandle;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.filter.WorkerFilterFactory;
import dev.outrider.proxy.filter.WorkerFilters;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.Http1Options;
import dev.outrider.proxy.http.Http2Options;
import dev.outrider.proxy.http.HttpDate;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.overload.OverloadReader;
import dev.outrider.proxy.routing.PathMatcher;
import dev.outrider.proxy.routing.Route;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteMatcher;
import dev.outrider.proxy.routing.RouteTable;
import dev.outrider.proxy.routing.VirtualHost;
import dev.outrider.proxy.runtime.RuntimeReader;
import dev.outrider.proxy.stream.AccessLogger;
import dev.outrider.proxy.upstream.CalloutClient;
import dev.outrider.proxy.upstream.Callouts;
import dev.outrider.proxy.upstream.Upstreams;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// How exchanges and connections end when the proxy answers by itself.
class Http1DownstreamConnectionTest implements WorkerContext {
  private final RuntimeReader runtime = new RuntimeReader();
  private static final int ANSWER_BYTES = 1000;

  private final FakeLoop loop = new FakeLoop();
  private final HeadStores heads = new HeadStores(true);
  private final MetricRegistry registry = new MetricRegistry(1);
  private final SplittableRandom random = new SplittableRandom(1);
  private final Upstreams upstreams =
      new Upstreams(
          loop,
          (_, _, _) -> {
            throw new AssertionError("no upstream here");
          },
          heads,
          new SharedClusters(registry),
          random);
  private final List<HttpFilterEntry> filters = new ArrayList<>();
  private final List<String> logged = new ArrayList<>();
  private final List<AccessLogger> loggers =
      new ArrayList<>(List.of(info -> logged.add(info.responseCode() + " " + info.details())));
  private final SlowChannel channel = new SlowChannel();

  @AfterEach
  void nothingIsLeft() {
    channel.limit = Integer.MAX_VALUE;
    channel.finishAndReleaseAll();
    assertThat(heads.outstanding()).isZero();
  }

  @Test
  void aClientThatTakesNothingOfItsLastAnswerIsGivenUp() {
    accept();
    channel.limit = 0;
    send("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");

    loop.advance(Duration.ofMillis(900));
    assertThat(channel.isOpen()).isTrue();
    loop.advance(Duration.ofMillis(200));

    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void aClientThatTakesItsLastAnswerSlowlyGetsAllOfIt() {
    accept();
    channel.limit = 100;
    send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n");

    for (var second = 0; second < 9; second++) {
      channel.flush();
      loop.advance(Duration.ofMillis(1100));
      assertThat(channel.isOpen()).as("after %s s", second).isTrue();
    }
    channel.limit = Integer.MAX_VALUE;
    channel.flush();

    assertThat(received()).endsWith("\r\n\r\n" + "x".repeat(ANSWER_BYTES));
    loop.advance(Duration.ofMillis(1100));
    loop.advance(Duration.ofMillis(1100));
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void aResponseWhoseStatusAFilterTookAwayIsABadGateway() {
    filter(handle -> new OnResponse(handle, (_, head) -> head.remove(HeaderNames.STATUS)));
    accept();

    send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");

    assertThat(received())
        .startsWith("HTTP/1.1 502 Bad Gateway\r\n")
        .endsWith("missing required header: :status");
    assertThat(logged)
        .containsExactly(
            "502 filter_removed_required_response_headers{missing_required_header:_:status}");
  }

  @Test
  void anInterimStatusInPlaceOfTheAnswerIsABadGateway() {
    filter(handle -> new OnResponse(handle, (_, head) -> head.setStatus(100)));
    accept();

    send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");

    assertThat(received()).startsWith("HTTP/1.1 502 Bad Gateway\r\n");
  }

  @Test
  void aFilterMayReplaceTheReplyItGaveItself() {
    filter(
        handle ->
            new OnResponse(handle, (own, _) -> own.reply(LocalReply.of(429, "again", "second"))) {
              @Override
              public HeadStatus onRequestHead(HeaderMap head, boolean end) {
                handle.reply(LocalReply.of(401, "no", "first"));
                return HeadStatus.HOLD_ALL_BACKPRESSURE;
              }
            });
    accept();

    send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");

    assertThat(received()).startsWith("HTTP/1.1 429 Too Many Requests\r\n").endsWith("again");
    assertThat(logged).containsExactly("429 second");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: a b\r\n\r\n",
        "GET /#x HTTP/1.1\r\nhost: a\r\n\r\n",
        "CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"
      })
  void closesAfterARequestThatItDoesNotTake(String request) {
    accept();

    send(request + "GET / HTTP/1.1\r\nhost: a\r\n\r\n");

    var answers = received();
    assertThat(answers).startsWith("HTTP/1.1 4").contains("connection: close\r\n");
    assertThat(answers.indexOf("HTTP/1.1", 1)).as("a second answer").isNegative();
  }

  @Test
  void aHeadThatStopsHalfWayIsNotWaitedForLongerThanASilentStream() {
    accept();
    send("GET / HT");

    loop.advance(Duration.ofSeconds(299));
    assertThat(received()).isEmpty();
    loop.advance(Duration.ofSeconds(2));

    assertThat(received()).startsWith("HTTP/1.1 408 Request Timeout").endsWith("stream timeout");
    assertThat(logged).containsExactly("408 stream_idle_timeout");
  }

  @Test
  void anInvalidHostIsAProtocolError() {
    accept();

    send("GET / HTTP/1.1\r\nhost: a b\r\n\r\n");

    assertThat(received()).startsWith("HTTP/1.1 400 Bad Request\r\n").endsWith("\r\nBad Request");
    assertThat(logged).containsExactly("400 http.invalid_authority");
  }

  @Test
  void theReplyToHeadHasALengthAndNoBody() {
    var bytes = new ArrayList<Long>();
    loggers.add(info -> bytes.add(info.sizes().responseBody()));
    accept();

    send("HEAD / HTTP/1.1\r\nhost: a\r\n\r\n");

    assertThat(received()).contains("content-length: " + ANSWER_BYTES).endsWith("\r\n\r\n");
    assertThat(bytes).containsExactly(0L);
  }

  @Test
  void whatMakesNoSenseAfterAHeadRequestIsAnsweredWithABody() {
    accept();
    send("HEAD / HTTP/1.1\r\nhost: a\r\n\r\n");
    received();

    send("GET / HTTP/1.1\r\nbroken line\r\n\r\n");

    assertThat(received()).startsWith("HTTP/1.1 400 Bad Request\r\n").endsWith("\r\nBad Request");
  }

  private void filter(WorkerFilterFactory factory) {
    filters.add(new HttpFilterEntry("f", HttpFilterFactory.of(factory), EncodedMessage.EMPTY));
  }

  private void accept() {
    var context =
        new ServingContext(
            loop,
            heads,
            new HttpDate(loop.clock()),
            upstreams,
            new WorkerFilters<>(this),
            new WorkerFilters<>(this),
            Map.of(),
            _ -> null,
            random,
            runtime,
            registry,
            new ServerDrain(loop, random, DrainOptions.DEFAULT),
            ConnectionBudget.unlimited(),
            new OverloadReader(random));
    new Listener(context, listener()).accept(channel);
  }

  private ListenerConfig listener() {
    var answer = new RouteAction.DirectResponse(200, "x".repeat(ANSWER_BYTES));
    var route = new Route("", new RouteMatcher(new PathMatcher.Prefix("/", true)), answer);
    var table = new RouteTable("t", List.of(new VirtualHost("all", List.of("*"), List.of(route))));
    var http =
        new HttpConnectionManagerConfig(
            "test",
            CodecType.AUTO,
            new RouteSource.Inline(table),
            filters,
            HttpTimeouts.DEFAULT,
            HttpLimits.DEFAULT,
            Http1Options.DEFAULT,
            Http2Options.DEFAULT,
            ForwardingOptions.DEFAULT,
            RequestIdOptions.DEFAULT,
            RequestOptions.DEFAULT,
            "envoy",
            ServerHeader.OVERWRITE,
            loggers);
    return new ListenerConfig(
        "l",
        new HostPort("10.0.0.9", 80),
        "l",
        new FilterChain("", http),
        ListenerConfig.DEFAULT_BUFFER_LIMIT_BYTES,
        0,
        ConfigOrigin.STATIC);
  }

  private void send(String bytes) {
    channel.writeInbound(Unpooled.copiedBuffer(bytes, StandardCharsets.US_ASCII));
    loop.runTasks();
  }

  private String received() {
    var text = new StringBuilder();
    for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
      text.append(bytes.toString(StandardCharsets.US_ASCII));
      bytes.release();
    }
    return text.toString();
  }

  @Override
  public FakeLoop loop() {
    return loop;
  }

  @Override
  public CalloutClient callouts() {
    return new Callouts(upstreams, registry);
  }

  @Override
  public Upstreams upstreams() {
    return upstreams;
  }

  @Override
  public RuntimeReader runtime() {
    return runtime;
  }

  @Override
  public RandomGenerator random() {
    return random;
  }

  @Override
  public HeadStores heads() {
    return heads;
  }

  /// Does something to every response head and holds it until the turn's end.
  private static class OnResponse implements HttpFilter {
    interface Edit {
      void apply(StreamHandle handle, HeaderMap head);
    }

    private final StreamHandle handle;
    private final Edit edit;

    OnResponse(StreamHandle handle, Edit edit) {
      this.handle = handle;
      this.edit = edit;
    }

    @Override
    public HeadStatus onResponseHead(HeaderMap head, boolean end) {
      edit.apply(handle, head);
      handle.resumeResponse();
      return HeadStatus.HOLD_HEAD;
    }
  }

  /// Takes at most `limit` bytes per flush.
  private static final class SlowChannel extends EmbeddedChannel {
    private int limit = Integer.MAX_VALUE;

    @Override
    protected void doWrite(ChannelOutboundBuffer in) throws Exception {
      if (limit == Integer.MAX_VALUE) {
        super.doWrite(in);
        return;
      }
      for (var left = limit; left > 0 && in.current() instanceof ByteBuf bytes; ) {
        var size = Math.min(left, bytes.readableBytes());
        outboundMessages().add(bytes.readRetainedSlice(size));
        left -= size;
        in.progress(size);
        if (!bytes.isReadable()) {
          in.remove();
        }
      }
    }
  }
}

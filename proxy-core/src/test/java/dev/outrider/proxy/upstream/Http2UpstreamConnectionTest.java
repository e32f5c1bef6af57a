package dev.outrider.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.CircuitBreakers;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.ConnectionOptions;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.Priority;
import dev.outrider.proxy.cluster.SharedClusters;
import dev.outrider.proxy.cluster.UpstreamHttpOptions;
import dev.outrider.proxy.cluster.UpstreamHttpOptions.Limits;
import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.HoldSet;
import dev.outrider.proxy.http.Http1Options;
import dev.outrider.proxy.http.Http2Options;
import dev.outrider.proxy.http.Http2Options.Keepalive;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.http2.FramePeer;
import dev.outrider.proxy.http2.Http2Error;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatValue;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Pools and attempts over HTTP/2, in memory, against frames that Netty's codec reads and writes.
class Http2UpstreamConnectionTest {
  private static final int STREAMS = 3;
  private static final int WINDOW = 4;

  private final FakeLoop loop = new FakeLoop();
  private final HeadStores heads = new HeadStores(true);
  private final MetricRegistry registry = new MetricRegistry(1);
  private final SharedClusters shared = new SharedClusters(registry);
  private final Upstreams upstreams =
      new Upstreams(loop, this::connect, heads, shared, new SplittableRandom(1));
  private final List<Server> servers = new ArrayList<>();
  private final List<Answer> answers = new ArrayList<>();

  @BeforeEach
  void configure() {
    configure(Limits.DEFAULT, Http2Options.DEFAULT, CircuitBreakers.DEFAULT);
    var endpoint = new EndpointSpec(new HostPort("10.0.0.1", 1));
    upstreams.put(EndpointSet.next(null, "svc", new Assignment("svc", List.of(endpoint), 140), 1));
  }

  private void configure(Limits limits, Http2Options http2, CircuitBreakers breakers) {
    var plain = Cluster.withDefaults("svc", new Discovery.Static(new Assignment("svc", List.of())));
    var cluster =
        plain.toBuilder()
            .connections(new ConnectionOptions(ConnectionOptions.DEFAULT.connectTimeout(), 10))
            .breakers(breakers)
            .http(
                new UpstreamHttpOptions(
                    HttpVersion.HTTP2, false, Http1Options.DEFAULT, http2, limits))
            .build();
    shared.added(cluster);
    upstreams.put(cluster);
  }

  @AfterEach
  void nothingIsLeft() {
    answers.forEach(Answer::giveUp);
    upstreams.remove("svc");
    loop.runTasks();
    servers.forEach(Server::close);
    answers.forEach(Answer::release);
    assertThat(heads.outstanding()).isZero();
    for (var gauge :
        List.of(
            "upstream_cx_active",
            "upstream_rq_active",
            "upstream_rq_pending_active",
            "http2.streams_active",
            "http2.pending_send_bytes")) {
      assertThat(stat(gauge)).as(gauge).isZero();
    }
  }

  @Test
  void greetsAndAsks() {
    get("/a");

    assertThat(server(0).frames())
        .containsExactly(
            "PRI * HTTP/2.0 SM",
            "SETTINGS {HEADER_TABLE_SIZE=4096, ENABLE_PUSH=0, MAX_CONCURRENT_STREAMS=1024,"
                + " INITIAL_WINDOW_SIZE=16777216}",
            "WINDOW 0 +25100289",
            "HEADERS 1 :method=GET :path=/a :scheme=http :authority=a end",
            "SETTINGS ack");
    assertThat(stat("upstream_cx_http2_total")).isEqualTo(1);
    assertThat(stat("upstream_cx_http1_total")).isZero();
  }

  @Test
  void carriesRequestsAtOnceAndAnswersThemInAnyOrder() {
    var first = get("/1");
    var second = get("/2");
    server(0).say(peer -> peer.headers(3, false, ":status=200").data(3, "two", true));
    server(0).say(peer -> peer.headers(1, false, ":status=200").data(1, "one", false));
    server(0).say(peer -> peer.headers(1, true, "x-sum=3"));

    assertThat(second.told()).isEqualTo("200 two.");
    assertThat(first.told()).isEqualTo("200 one trailers{x-sum: 3}.");
    assertThat(servers).hasSize(1);
    assertThat(stat("upstream_rq_total")).isEqualTo(2);
    assertThat(stat("upstream_cx_total")).isEqualTo(1);
    assertThat(stat("upstream_rq_active")).isZero();
  }

  @Test
  void anAnswerIsTheSameHoweverItsBytesAreCut() {
    get("/warm");
    server(0).say(peer -> peer.headers(1, true, ":status=204"));
    for (int cut = 1, id = 3; ; cut++, id += 2) {
      var stream = id;
      var answer = get("/" + cut);
      var bytes =
          server(0)
              .bytes(
                  peer ->
                      peer.headers(stream, false, ":status=103", "link=x")
                          .headers(stream, false, ":status=200", "content-length=5")
                          .data(stream, "hel", false)
                          .data(stream, "lo", false)
                          .headers(stream, true, "grpc-status=0"));
      if (cut >= bytes.readableBytes()) {
        server(0).arrive(bytes);
        return;
      }
      server(0).arrive(bytes.readRetainedSlice(cut));
      server(0).arrive(bytes);

      assertThat(answer.told())
          .as("cut at %s", cut)
          .isEqualTo("103 200 hello trailers{grpc-status: 0}.");
    }
  }

  @Test
  void opensAnotherConnectionWhenTheFirstHasAllTheStreamsThatItsPeerAllows() {
    var first = get("/1");
    server(0).say(peer -> peer.settings(STREAMS, 1));
    var second = get("/2");

    assertThat(servers).hasSize(2);
    assertThat(server(1).frames())
        .contains("HEADERS 1 :method=GET :path=/2 :scheme=http :authority=a end");

    server(0).say(peer -> peer.headers(1, true, ":status=200"));
    var third = get("/3");
    assertThat(first.told()).isEqualTo("200.");
    assertThat(second.told()).isEmpty();
    assertThat(third.told()).isEmpty();
    assertThat(server(0).frames())
        .contains("HEADERS 3 :method=GET :path=/3 :scheme=http :authority=a end");
    assertThat(servers).hasSize(2);
  }

  @Test
  void whatAPeerAllowedOnceIsExpectedOfItsNextConnections() {
    get("/1");
    server(0).say(peer -> peer.settings(STREAMS, 1));
    var second = new Answer("GET", "/2");
    open(second).onHead(second.request, true);
    var third = new Answer("GET", "/3");
    open(third).onHead(third.request, true);
    loop.runTasks();

    assertThat(servers).hasSize(3);
  }

  @Test
  void aGoAwayRefusesWhatIsAboveItAndLetsTheRestEnd() {
    var low = get("/1");
    var high = get("/2");
    server(0).say(peer -> peer.goAway(1, Http2Error.NO_ERROR));

    assertThat(high.told()).isEqualTo("REMOTE_REFUSED");
    assertThat(stat("upstream_cx_close_notify")).isEqualTo(1);
    var next = get("/3");
    assertThat(servers).hasSize(2);

    server(0).say(peer -> peer.headers(1, true, ":status=200"));
    assertThat(low.told()).isEqualTo("200.");
    assertThat(server(0).open()).isFalse();
    assertThat(next.told()).isEmpty();
  }

  @Test
  void aConnectionThatIsToldToGoWhileItRestsCloses() {
    get("/1");
    server(0).say(peer -> peer.headers(1, true, ":status=200"));
    server(0).say(peer -> peer.goAway(1, Http2Error.NO_ERROR));

    assertThat(server(0).open()).isFalse();
    assertThat(stat("upstream_cx_destroy_with_active_rq")).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "REFUSED_STREAM, REMOTE_REFUSED, 0",
    "CANCEL, REMOTE_RESET, 1",
    "NO_ERROR, REMOTE_RESET, 1",
    "CONNECT_ERROR, CONNECT_ERROR, 0"
  })
  void aResetOfThePeerEndsOneAttempt(Http2Error code, ResetReason reason, int counted) {
    var answer = get("/1");
    var other = get("/2");
    server(0).say(peer -> peer.reset(1, code));

    assertThat(answer.told()).isEqualTo(reason.toString());
    assertThat(other.told()).isEmpty();
    assertThat(server(0).open()).isTrue();
    assertThat(stat("upstream_rq_rx_reset")).isEqualTo(counted);
  }

  @Test
  void allAttemptsEndWithTheirConnection() {
    var first = get("/1");
    var second = get("/2");
    server(0).say(peer -> peer.headers(1, false, ":status=200").data(1, "a", false));
    server(0).hangUp();

    assertThat(first.told()).isEqualTo("200 a CONNECTION_TERMINATION");
    assertThat(second.told()).isEqualTo("CONNECTION_TERMINATION");
    assertThat(stat("upstream_cx_destroy_remote_with_active_rq")).isEqualTo(1);
    assertThat(stat("upstream_rq_pending_failure_eject")).isEqualTo(2);
  }

  @Test
  void aPeerThatBreaksTheProtocolLosesTheConnection() {
    var first = get("/1");
    var second = get("/2");
    server(0).say(peer -> peer.data(9, "nobody asked", false));

    assertThat(first.told()).isEqualTo("PROTOCOL_ERROR");
    assertThat(second.told()).isEqualTo("PROTOCOL_ERROR");
    assertThat(server(0).frames()).contains("GOAWAY 0 PROTOCOL_ERROR");
    assertThat(server(0).open()).isFalse();
    assertThat(stat("upstream_cx_protocol_error")).isEqualTo(1);
    assertThat(stat("upstream_cx_destroy_local_with_active_rq")).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x-no=status",
        ":status=abc",
        ":status=101",
        ":status=200|:status=200",
        ":status=200|X-Upper=1",
        ":status=200|connection=close",
        ":status=200|content-length=x",
        ":status=200|:path=/"
      })
  void anAnswerThatIsNoneCostsTheConnection(String fields) {
    var answer = get("/1");
    server(0).say(peer -> peer.headers(1, false, fields.split("\\|", -1)));

    assertThat(answer.told()).isEqualTo("PROTOCOL_ERROR");
    assertThat(server(0).open()).isFalse();
    assertThat(stat("http2.rx_messaging_error")).isEqualTo(1);
  }

  @Test
  void aBodyThatIsNotAsLongAsPromisedCostsItsStreamOnly() {
    var answer = get("/1");
    var other = get("/2");
    server(0).say(peer -> peer.headers(1, false, ":status=200", "content-length=2"));
    server(0).say(peer -> peer.data(1, "abc", true));

    assertThat(answer.told()).isEqualTo("200 PROTOCOL_ERROR");
    assertThat(other.told()).isEmpty();
    assertThat(server(0).frames()).contains("RST 1 PROTOCOL_ERROR");
    assertThat(server(0).open()).isTrue();
  }

  @Test
  void aHeadThatIsTooLargeCostsItsStreamOnly() {
    var answer = get("/1");
    server(0).say(peer -> peer.headers(1, false, ":status=200", "x=" + "a".repeat(61 * 1024)));

    assertThat(answer.told()).isEqualTo("LOCAL_RESET");
    assertThat(server(0).open()).isTrue();
  }

  @Test
  void whoSendsMoreThanTheWindowTakesIsHeldBack() {
    server(() -> get("/warm"))
        .say(peer -> peer.settings(WINDOW, 4).headers(1, true, ":status=200"));
    var answer = new Answer("POST", "/1");
    open(answer);
    answer.stream().onHead(answer.request, false);
    answer.stream().onBody(ascii("0123456789abcdef"), false);
    loop.runTasks();

    assertThat(server(0).frames()).endsWith("DATA 3 '0123'");
    assertThat(answer.requestHeld.held()).isTrue();

    server(0).say(peer -> peer.window(3, 100));
    assertThat(server(0).frames()).containsExactly("DATA 3 '456789abcdef'");
    assertThat(answer.requestHeld.held()).isFalse();

    answer.stream().onBody(Unpooled.EMPTY_BUFFER, true);
    loop.runTasks();
    assertThat(server(0).frames()).containsExactly("DATA 3 '' end");
    server(0).say(peer -> peer.headers(3, true, ":status=200"));
    assertThat(answer.told()).isEqualTo("200.");
  }

  @Test
  void theEndOfARequestNeedsNoWindow() {
    var answer = new Answer("POST", "/1");
    open(answer);
    answer.stream().onHead(answer.request, false);
    answer.stream().onBody(ascii("0123456789"), false);
    server(0).say(peer -> peer.settings(WINDOW, 4)); // which makes the window of the stream -6
    server(0).frames();

    answer.stream().onBody(Unpooled.EMPTY_BUFFER, true);
    loop.runTasks();

    assertThat(server(0).frames()).containsExactly("DATA 1 '' end");
    server(0).say(peer -> peer.headers(1, true, ":status=200"));
    assertThat(answer.told()).isEqualTo("200.");
  }

  @Test
  void whatNobodyTakesIsNotCredited() {
    var small = options(65_535, 65_535, Keepalive.OFF);
    configure(Limits.DEFAULT, small, CircuitBreakers.DEFAULT);
    var answer = get("/1");
    server(0).say(peer -> peer.headers(1, false, ":status=200"));
    server(0).frames();
    answer.stream().hold(Hold.SINK);
    server(0).say(peer -> peer.data(1, "x".repeat(16_384), false));
    server(0).say(peer -> peer.data(1, "x".repeat(16_384), false));
    server(0).say(peer -> peer.data(1, "x".repeat(16_384), false));
    assertThat(server(0).frames()).isEmpty();

    answer.stream().release(Hold.SINK);
    loop.runTasks();

    assertThat(server(0).frames()).containsExactlyInAnyOrder("WINDOW 0 +49152", "WINDOW 1 +49152");
  }

  @Test
  void anAnswerThatEndsBeforeItsRequestStopsTheRequest() {
    var answer = new Answer("POST", "/1");
    open(answer);
    answer.stream().onHead(answer.request, false);
    loop.runTasks();
    server(0).say(peer -> peer.headers(1, true, ":status=413"));

    assertThat(answer.told()).isEqualTo("413.");
    assertThat(server(0).frames()).endsWith("RST 1 CANCEL");
    assertThat(server(0).open()).isTrue();
  }

  @Test
  void anAttemptThatIsGivenUpIsReset() {
    var answer = get("/1");
    answer.giveUp();
    loop.runTasks();

    assertThat(server(0).frames()).endsWith("RST 1 CANCEL");
    assertThat(stat("upstream_rq_tx_reset")).isEqualTo(1);
    assertThat(stat("upstream_rq_active")).isZero();

    server(0).say(peer -> peer.headers(1, true, ":status=200")); // was under way
    assertThat(server(0).open()).isTrue();
  }

  /// A service that is slow to read answers requests that were given up long ago.
  @Test
  void anAnswerToAnAttemptThatWasGivenUpLongAgoIsIgnored() {
    for (var i = 0; i < 200; i++) {
      get("/a").giveUp();
    }
    var answer = get("/b");

    server(0).say(peer -> peer.headers(1, true, ":status=200"));
    server(0).say(peer -> peer.headers(401, true, ":status=204"));

    assertThat(answer.told()).isEqualTo("204.");
    assertThat(servers).hasSize(1);
    assertThat(server(0).open()).isTrue();
  }

  @Test
  void aConnectionThatHasHadItsRequestsClosesBehindTheLast() {
    configure(new Limits(2, Duration.ZERO, 100, 0), Http2Options.DEFAULT, CircuitBreakers.DEFAULT);
    get("/1");
    get("/2");
    get("/3");
    assertThat(servers).hasSize(2);
    assertThat(stat("upstream_cx_max_requests")).isEqualTo(1);

    server(0).say(peer -> peer.headers(1, true, ":status=200"));
    assertThat(server(0).open()).isTrue();
    server(0).say(peer -> peer.headers(3, true, ":status=200"));
    assertThat(server(0).open()).isFalse();
  }

  @Test
  void aConnectionThatIsNotUsedCloses() {
    configure(
        new Limits(0, Duration.ofSeconds(1), 100, 0),
        Http2Options.DEFAULT,
        CircuitBreakers.DEFAULT);
    get("/1");
    loop.advance(Duration.ofSeconds(2));
    assertThat(server(0).open()).isTrue();

    server(0).say(peer -> peer.headers(1, true, ":status=200"));
    loop.advance(Duration.ofMillis(900));
    assertThat(server(0).open()).isTrue();
    loop.advance(Duration.ofMillis(200));
    assertThat(server(0).open()).isFalse();
    assertThat(stat("upstream_cx_idle_timeout")).isEqualTo(1);
  }

  @Test
  void aPeerThatDoesNotAnswerPingsIsGivenUp() {
    var keepalive = new Keepalive(1_000, 500, 0, 0);
    configure(Limits.DEFAULT, options(65_535, 65_535, keepalive), CircuitBreakers.DEFAULT);
    var answer = get("/1");
    loop.advance(Duration.ofMillis(1_100));
    assertThat(server(0).frames().getLast()).startsWith("PING ");
    loop.advance(Duration.ofMillis(600));

    assertThat(answer.told()).isEqualTo("CONNECTION_TERMINATION");
    assertThat(server(0).open()).isFalse();
    assertThat(stat("http2.keepalive_timeout")).isEqualTo(1);
  }

  @Test
  void circuitBreakersCountTheConnectionOnceAndEveryRequest() {
    var limits = new CircuitBreakers.Thresholds(1, 10, 2, 3);
    configure(Limits.DEFAULT, Http2Options.DEFAULT, new CircuitBreakers(limits, limits));
    var first = get("/1");
    var second = get("/2");
    var third = get("/3");

    assertThat(third.told()).isEqualTo("OVERFLOW");
    assertThat(stat("upstream_rq_active_overflow")).isEqualTo(1);
    assertThat(stat("upstream_rq_pending_overflow")).isZero();
    server(0).say(peer -> peer.headers(1, true, ":status=200"));
    var fourth = get("/4");
    assertThat(first.told()).isEqualTo("200.");
    assertThat(second.told()).isEmpty();
    assertThat(fourth.told()).isEmpty();
    assertThat(servers).hasSize(1);
    assertThat(stat("upstream_cx_overflow")).isZero();
  }

  @Test
  void whatWaitsForAFullConnectionGoesWhenOneOfItsStreamsEnds() {
    var limits = new CircuitBreakers.Thresholds(1, 10, 10, 3);
    configure(Limits.DEFAULT, Http2Options.DEFAULT, new CircuitBreakers(limits, limits));
    get("/1");
    server(0).say(peer -> peer.settings(STREAMS, 1));
    get("/2");
    assertThat(servers).hasSize(1);
    assertThat(stat("upstream_cx_overflow")).isEqualTo(1);
    assertThat(stat("upstream_rq_pending_active")).isEqualTo(1);

    server(0).say(peer -> peer.headers(1, true, ":status=200"));

    assertThat(server(0).frames())
        .contains("HEADERS 3 :method=GET :path=/2 :scheme=http :authority=a end");
    assertThat(stat("upstream_rq_pending_active")).isZero();
  }

  @Test
  void newOptionsMeanNewConnections() {
    get("/1");
    configure(Limits.DEFAULT, options(65_535, 65_535, Keepalive.OFF), CircuitBreakers.DEFAULT);
    get("/2");

    assertThat(servers).hasSize(2);
    server(0).say(peer -> peer.headers(1, true, ":status=200"));
    assertThat(server(0).open()).isFalse();
    assertThat(server(1).open()).isTrue();
  }

  private static Http2Options options(int streamWindow, int connectionWindow, Keepalive keepalive) {
    var defaults = Http2Options.DEFAULT;
    return new Http2Options(
        defaults.hpackTableSize(),
        defaults.concurrentStreams(),
        streamWindow,
        connectionWindow,
        defaults.outboundFrames(),
        defaults.outboundControlFrames(),
        defaults.emptyFrames(),
        defaults.priorityFramesPerStream(),
        defaults.windowUpdatesPerDataFrame(),
        defaults.headerFieldBytes(),
        false,
        false,
        keepalive);
  }

  private static ByteBuf ascii(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
  }

  private long stat(String name) {
    for (var value : registry.snapshot()) {
      if (value instanceof StatValue.Scalar scalar && scalar.name().equals("cluster.svc." + name)) {
        return scalar.value();
      }
    }
    return 0; // not made yet
  }

  private Answer get(String path) {
    var answer = new Answer("GET", path);
    open(answer).onHead(answer.request, true);
    loop.runTasks();
    return answer;
  }

  private UpstreamStream open(Answer answer) {
    var cluster = Objects.requireNonNull(upstreams.find("svc"));
    answers.add(answer);
    answer.stream =
        cluster.open(
            cluster.endpoints().endpoints().getFirst(),
            HttpVersion.HTTP2,
            Priority.DEFAULT,
            TransportSocketOptions.NONE,
            answer,
            answer);
    return answer.stream;
  }

  private ChannelFuture connect(HostPort address, ChannelHandler handler, int bufferLimit) {
    var server = new Server();
    servers.add(server);
    var promise = server.channel.newPromise();
    loop.execute(
        () -> {
          server.channel.pipeline().addLast(handler);
          promise.setSuccess();
          server.channel.runPendingTasks();
          loop.execute(() -> server.say(FramePeer::settings));
        });
    return promise;
  }

  private Server server(int index) {
    loop.runTasks();
    return servers.get(index);
  }

  private Server server(Runnable first) {
    first.run();
    return server(0);
  }

  private interface Script {
    FramePeer write(FramePeer peer);
  }

  /// The far end of one connection.
  private final class Server {
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final FramePeer peer = new FramePeer(true);

    ByteBuf bytes(Script script) {
      return script.write(peer).bytes();
    }

    void say(Script script) {
      arrive(bytes(script));
    }

    void arrive(ByteBuf bytes) {
      if (channel.isOpen()) {
        channel.writeInbound(bytes);
      } else {
        bytes.release();
      }
      loop.runTasks();
    }

    List<String> frames() {
      loop.runTasks();
      for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
        peer.read(bytes);
      }
      return peer.frames();
    }

    boolean open() {
      loop.runTasks();
      channel.runPendingTasks();
      return channel.isOpen();
    }

    void hangUp() {
      channel.close();
      loop.runTasks();
    }

    void close() {
      channel.finishAndReleaseAll();
      peer.close();
    }
  }

  /// One request, and what is told of its answer: status codes, body, trailers, `.` for the end, or
  /// the reason of a reset.
  private final class Answer implements UpstreamSink, FlowControl {
    private final HeaderMap request = heads.take(HeadKind.REQUEST);
    private final HoldSet requestHeld = new HoldSet();
    private final StringBuilder told = new StringBuilder();
    private final List<HeaderMap> taken = new ArrayList<>();
    private @Nullable UpstreamStream stream;
    private boolean over;

    Answer(String method, String path) {
      request.set(HeaderNames.METHOD, method);
      request.set(HeaderNames.PATH, path);
      request.set(HeaderNames.SCHEME, "http");
      request.set(HeaderNames.AUTHORITY, "a");
    }

    String told() {
      loop.runTasks();
      return told.toString().strip();
    }

    private UpstreamStream stream() {
      return Objects.requireNonNull(stream);
    }

    @Override
    public void hold(Hold cause) {
      requestHeld.hold(cause);
    }

    @Override
    public void release(Hold cause) {
      requestHeld.release(cause);
    }

    @Override
    public void onInformational(HeaderMap head) {
      told.append(head.status()).append(' ');
    }

    @Override
    public void onHead(HeaderMap head, boolean end) {
      taken.add(head);
      told.append(head.status()).append(end ? "." : " ");
      over = end;
    }

    @Override
    public void onBody(ByteBuf chunk, boolean end) {
      told.append(chunk.toString(StandardCharsets.US_ASCII)).append(end ? "." : "");
      chunk.release();
      over = end;
    }

    @Override
    public void onTrailers(HeaderMap trailers) {
      taken.add(trailers);
      told.append(" trailers{");
      for (var line = 0; line < trailers.lines(); line++) {
        told.append(trailers.name(line)).append(": ").append(trailers.value(line));
      }
      told.append("}.");
      over = true;
    }

    @Override
    public void onReset(ResetReason why) {
      told.append(told.isEmpty() || told.charAt(told.length() - 1) == ' ' ? "" : " ").append(why);
      over = true;
    }

    void giveUp() {
      if (!over) {
        over = true;
        stream().cancel();
      }
    }

    void release() {
      request.release();
      taken.forEach(HeaderMap::release);
    }
  }
}

package dev.outrider.proxy.wasm;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import com.google.protobuf.UInt32Value;
import dev.outrider.proxy.filter.WorkerFilterFactory;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.upstream.GrpcCalloutSink;
import dev.outrider.proxywasm.testkit.Wat;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.RetryPolicy;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// gRPC calls of guests, against a client that knows the cluster `users`.
class GuestGrpcTest {
  private static final String METADATA = "\1\0\0\0\3\0\0\0\1\0\0\0x-a\0b\0";

  private final TestPlugins plugins = new TestPlugins();

  @AfterEach
  void close() {
    plugins.close();
  }

  /// Reports the statuses, tokens and sizes it gets, and the messages.
  private static Wat guest(byte[] service) {
    var escaped = new StringBuilder();
    for (byte b : service) {
      escaped.append("\\%02x".formatted(b));
    }
    return Wat.guest()
        .with("(data (i32.const 2000) \"" + escaped + "\")")
        .data(1020, "s.S")
        .data(1030, "Get")
        .data(1100, METADATA)
        .data(1200, "hi")
        .on(
            "proxy_on_grpc_receive_initial_metadata",
            "iii:",
            say(31) + "(call $report (local.get 2))")
        .on(
            "proxy_on_grpc_receive",
            "iii:",
            say(32) + Wat.report("proxy_get_buffer_bytes", 5, 0, 99, 100, 104) + Wat.show(100, 104))
        .on(
            "proxy_on_grpc_receive_trailing_metadata",
            "iii:",
            say(33) + "(call $report (local.get 2))")
        .on(
            "proxy_on_grpc_close",
            "iii:",
            say(34)
                + "(call $report (local.get 2))"
                + Wat.report("proxy_get_status", 100, 104, 108)
                + Wat.show(104, 108));
  }

  private static String say(int number) {
    return "(call $report (i32.const " + number + "))";
  }

  private static String call(byte[] service, long timeoutMillis) {
    return Wat.report(
        "proxy_grpc_call",
        2000,
        service.length,
        1020,
        3,
        1030,
        3,
        1100,
        METADATA.length(),
        1200,
        2,
        timeoutMillis,
        100);
  }

  private static String open(byte[] service) {
    return Wat.report(
        "proxy_grpc_stream", 2000, service.length, 1020, 3, 1030, 3, 1100, METADATA.length(), 100);
  }

  private WorkerFilterFactory calling(byte[] service) {
    return start(guest(service).onRequestHeaders(call(service, 500)));
  }

  private WorkerFilterFactory start(Wat wat) {
    return plugins.start(TestPlugins.config(wat.wasm()));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }

  private static byte[] service(Consumer<GrpcService.Builder> more) {
    var builder = GrpcService.newBuilder();
    builder.getEnvoyGrpcBuilder().setClusterName("users");
    more.accept(builder);
    return builder.build().toByteArray();
  }

  private void told(Consumer<GrpcCalloutSink> what) {
    plugins.callouts.inTurn(() -> what.accept(plugins.callouts.grpcSink()));
  }

  private HeaderMap head(HeadKind kind, String name, String value) {
    var head = plugins.heads.take(kind);
    head.add(HeaderName.of(name), value);
    return head;
  }

  /// What the guest has said since.
  private List<String> said() {
    var prefix = "INFO wasm log p0 r0 vm: ";
    return plugins.log().stream()
        .filter(line -> line.startsWith(prefix))
        .map(line -> line.substring(prefix.length()))
        .toList();
  }

  @Test
  void aCallGoesToTheClusterOfThatNameAndItsAnswerComesBack() {
    plugins.status(calling(bytes("users")));

    told(sink -> sink.onMessage(bytes("welcome")));
    assertThat(said()).as("not before the status").containsExactly("0");
    told(sink -> sink.onStatus(0, "", "via_upstream"));

    assertThat(plugins.callouts.grpc())
        .containsExactly("start users /s.S/Get | x-a: b | 500", "send hi end");
    assertThat(said()).containsExactly("0", "32", "0", "welcome");
  }

  @Test
  void aCallThatFailsIsClosedWithItsStatusAndTheMessageOfTheWire() {
    plugins.status(calling(bytes("users")));

    told(sink -> sink.onMessage(bytes("half an answer")));
    told(sink -> sink.onStatus(5, "not%20here", "via_upstream"));

    assertThat(said()).containsExactly("0", "34", "5", "0", "not%20here{via_upstream}");
  }

  @Test
  void aCallThatEndsWellWithoutAMessageIsAnInternalError() {
    plugins.status(calling(bytes("users")));

    told(sink -> sink.onStatus(0, "", "via_upstream"));

    assertThat(said()).containsExactly("0", "34", "13", "0", "");
  }

  @Test
  void aStreamShowsWhatComesInOrder() {
    var service = bytes("users");
    plugins.status(start(guest(service).onRequestHeaders(open(service))));

    told(
        sink -> {
          var head = head(HeadKind.RESPONSE, "x-b", "c");
          sink.onInitialMetadata(head);
          head.release();
          sink.onMessage(bytes("one"));
          sink.onMessage(bytes("two"));
          var trailers = head(HeadKind.TRAILERS, "grpc-status", "0");
          sink.onTrailingMetadata(trailers);
          trailers.release();
          sink.onStatus(0, "", "via_upstream");
        });

    assertThat(said())
        .containsExactly(
            "0",
            "31",
            "1",
            "32",
            "0",
            "one",
            "32",
            "0",
            "two",
            "33",
            "1",
            "34",
            "0",
            "0",
            "via_upstream");
  }

  @Test
  void aStreamOfAStatusOnlyBeginsWithEmptyMetadata() {
    var service = bytes("users");
    plugins.status(start(guest(service).onRequestHeaders(open(service))));

    told(
        sink -> {
          var trailers = head(HeadKind.RESPONSE, "grpc-status", "7");
          sink.onTrailingMetadata(trailers);
          trailers.release();
          sink.onStatus(7, "no", "via_upstream");
        });

    assertThat(said())
        .containsExactly("0", "31", "0", "33", "1", "34", "7", "0", "no{via_upstream}");
  }

  @Test
  void aStreamThatBreaksOffEndsWithEmptyMetadata() {
    var service = bytes("users");
    plugins.status(start(guest(service).onRequestHeaders(open(service))));

    told(sink -> sink.onStatus(14, "gone", "upstream_reset"));

    assertThat(said())
        .containsExactly("0", "31", "0", "33", "0", "34", "14", "0", "gone{upstream_reset}");
  }

  @Test
  void aStreamMaySendAndEndAndBeCancelled() {
    var service = bytes("users");
    plugins.status(
        start(
            guest(service)
                .onRequestHeaders(
                    open(service)
                        + Wat.report("proxy_grpc_send", 6, 1200, 2, 0)
                        + Wat.report("proxy_grpc_close", 6)
                        + open(service)
                        + Wat.report("proxy_grpc_send", 10, 1200, 1, 1)
                        + Wat.report("proxy_grpc_cancel", 10))));

    assertThat(said()).containsOnly("0");
    assertThat(plugins.callouts.grpc())
        .containsExactly(
            "start users /s.S/Get | x-a: b | 0",
            "send hi",
            "end",
            "start users /s.S/Get | x-a: b | 0",
            "send h end",
            "cancel");
  }

  @Test
  void aServiceInFullCarriesItsAuthorityTimeoutAndMetadata() {
    var service =
        service(
            config -> {
              config.getEnvoyGrpcBuilder().setAuthority("auth.internal");
              config.setTimeout(Duration.newBuilder().setSeconds(2).setNanos(5_000_000));
              config.addInitialMetadata(
                  HeaderValue.newBuilder().setKey("x-Team").setValue("100%%"));
            });

    plugins.status(start(guest(service).onRequestHeaders(call(service, 0) + call(service, 7))));

    assertThat(plugins.callouts.grpc())
        .filteredOn(line -> line.startsWith("start"))
        .containsExactly(
            "start users /s.S/Get | :authority: auth.internal, x-team: 100%, x-a: b | 2005",
            "start users /s.S/Get | :authority: auth.internal, x-team: 100%, x-a: b | 7");
  }

  @Test
  void fieldsThatDoNothingAreNamedOnce() {
    var service =
        service(
            config -> {
              config.setRetryPolicy(RetryPolicy.getDefaultInstance());
              config.setTimeout(Duration.newBuilder().setSeconds(2));
              config
                  .getEnvoyGrpcBuilder()
                  .setMaxReceiveMessageLength(UInt32Value.of(9))
                  .setRetryPolicy(RetryPolicy.getDefaultInstance());
              config.addInitialMetadata(
                  HeaderValue.newBuilder().setKey("x-id").setValue("%REQ(x-id)%"));
            });

    plugins.status(start(guest(service).onRequestHeaders(open(service) + open(service))));

    assertThat(plugins.log())
        .filteredOn(line -> line.startsWith("WARN"))
        .containsExactly(
            "WARN wasm gRPC call: GrpcService.retry_policy is not supported and does nothing",
            "WARN wasm gRPC call: GrpcService.envoy_grpc.retry_policy is not supported and does"
                + " nothing",
            "WARN wasm gRPC call: GrpcService.envoy_grpc.max_receive_message_length is not"
                + " supported and does nothing",
            "WARN wasm gRPC call: GrpcService.timeout (of a stream) is not supported and does"
                + " nothing",
            "WARN wasm gRPC call: GrpcService.initial_metadata.value (command operators) is not"
                + " supported and does nothing");
  }

  private String refusal(byte[] service) {
    plugins.status(calling(service));
    assertThat(plugins.callouts.grpc()).isEmpty();
    return said() + " " + plugins.log().getFirst();
  }

  @Test
  void aNameThatIsNoClusterIsAParseFailure() {
    assertThat(refusal(bytes("nosuch")))
        .isEqualTo(
            "[4] WARN wasm gRPC call: 'nosuch' is neither the name of a cluster nor a GrpcService");
  }

  @Test
  void aNameThatHappensToParseIsAParseFailureTooAndCrashesNobody() {
    assertThat(refusal(bytes("h2")))
        .isEqualTo(
            "[4] WARN wasm gRPC call: 'h2' is not the name of a cluster, and names none as a"
                + " GrpcService");
  }

  @Test
  void anEmptyServiceIsAParseFailure() {
    assertThat(refusal(new byte[0])).startsWith("[4]");
  }

  @Test
  void aServiceInFullOfAnUnknownClusterCannotBeStarted() {
    var service = service(config -> config.getEnvoyGrpcBuilder().setClusterName("gone"));

    assertThat(refusal(service))
        .isEqualTo(
            "[10] WARN wasm gRPC call: GrpcService.envoy_grpc: cluster 'gone' is not defined");
  }

  @Test
  void googlesClientIsRefused() {
    var service =
        service(config -> config.getGoogleGrpcBuilder().setTargetUri("x").setStatPrefix("x"));

    assertThat(refusal(service))
        .isEqualTo(
            "[10] WARN wasm gRPC call: GrpcService.google_grpc is not supported; define a cluster"
                + " and use envoy_grpc");
  }

  @Test
  void metadataThatWouldBeTwoLinesAreRefused() {
    var service =
        service(
            config ->
                config.addInitialMetadata(
                    HeaderValue.newBuilder().setKey("x-id").setValue("a\r\nx-evil: 1")));

    assertThat(refusal(service))
        .isEqualTo("[10] WARN wasm gRPC call: metadata that cannot stand in a request");
  }

  @Test
  void callsMadeWhileTheVmIsPreparedGoOutWhenAWorkerHasIt() {
    var service = bytes("users");
    var factory =
        plugins.accept(
            TestPlugins.config(
                guest(service)
                    .onConfigure(
                        open(service)
                            + Wat.report("proxy_grpc_send", 6, 1200, 2, 0)
                            + Wat.report("proxy_grpc_close", 6)
                            + call(service, 9)
                            + Wat.report("proxy_grpc_cancel", 5))
                    .wasm()));
    assertThat(plugins.callouts.grpc()).isEmpty();

    factory.forWorker(plugins);

    assertThat(plugins.callouts.grpc())
        .containsExactly(
            "start users /s.S/Get | x-a: b | 0",
            "send hi",
            "end",
            "start users /s.S/Get | x-a: b | 9",
            "send hi end",
            "cancel");
  }

  @Test
  void aPreparedCallToNobodyIsClosedLater() {
    var service = bytes("nosuch");
    var factory =
        plugins.accept(TestPlugins.config(guest(service).onConfigure(call(service, 0)).wasm()));

    factory.forWorker(plugins);
    plugins.loop.runTasks();

    assertThat(said()).containsExactly("0", "34", "14", "0", "");
  }

  @Test
  void callsEndWithTheirPlugin() {
    var service = bytes("users");
    var filter = start(guest(service).onRequestHeaders(call(service, 0) + open(service)));
    plugins.status(filter);

    filter.close();
    plugins.loop.runTasks();

    assertThat(plugins.callouts.grpc()).filteredOn("cancel"::equals).hasSize(2);
  }

  @Test
  void callsEndWithAGuestThatTraps() {
    var service = bytes("users");
    var filter =
        start(
            guest(service)
                .onRequestHeaders(open(service) + open(service))
                .on("proxy_on_grpc_receive", "iii:", "(unreachable)"));
    plugins.status(filter);

    told(sink -> sink.onMessage(bytes("boom")));

    assertThat(plugins.callouts.grpc()).filteredOn("cancel"::equals).hasSize(2);
  }

  @Test
  void messagesThatNobodyTakesCountAgainstTheLimitAndTheRefusalIsCounted() {
    var service = bytes("users");
    plugins.callouts.stallGrpc();
    var huge = 10 << 20;

    plugins.status(
        start(
            guest(service)
                .onRequestHeaders(
                    open(service)
                        + "(drop (memory.grow (i32.const 700)))"
                        + Wat.report("proxy_grpc_send", 6, 1200, huge, 0)
                        + Wat.report("proxy_grpc_send", 6, 1200, huge, 0))));

    assertThat(said()).containsExactly("0", "0", "2");
    assertThat(plugins.counter("wasm.p0.callouts_refused")).isOne();
  }

  @Test
  void aGuestThatCancelsInTheMiddleHearsNothingMore() {
    var service = bytes("users");
    plugins.status(
        start(
            guest(service)
                .onRequestHeaders(open(service))
                .on(
                    "proxy_on_grpc_receive_initial_metadata",
                    "iii:",
                    say(31) + Wat.report("proxy_grpc_cancel", 6))));

    told(
        sink -> {
          var trailers = head(HeadKind.RESPONSE, "grpc-status", "0");
          sink.onTrailingMetadata(trailers);
          trailers.release();
        });

    assertThat(said()).containsExactly("0", "31", "0");
  }
}

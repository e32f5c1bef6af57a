package dev.outrider.proxy.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.BoolValue;
import dev.outrider.proxy.filter.WorkerFilterFactory;
import dev.outrider.proxywasm.testkit.Wat;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a guest's answers and effects do to a message (reference 5 and 3.7), through the real
/// filter passes. The guest says `1 n` in a head callback, `2 bytes end` in a body callback, `3 n`
/// in a trailers callback (11, 12, 13 in those of the response), and continues in its tick.
class PauseTest {
  private static final String TICK =
      "(drop " + Wat.call("proxy_set_tick_period_milliseconds", 10) + ")";

  private final TestPlugins plugins = new TestPlugins();

  @AfterEach
  void close() {
    plugins.close();
  }

  private static String say(int number) {
    return "(call $report (i32.const " + number + "))";
  }

  private static String local(int index) {
    return "(call $report (local.get " + index + "))";
  }

  private static String answer(int number) {
    return "(i32.const " + number + ")";
  }

  /// A guest that answers the same to every event of a kind.
  private static Wat guest(int head, int body, int trailers) {
    return Wat.guest()
        .with("(global $stream (mut i32) (i32.const 0))")
        .onConfigure(TICK)
        .on(
            "proxy_on_request_headers",
            "iii:i",
            "(global.set $stream (local.get 0))" + say(1) + answer(head))
        .on("proxy_on_request_body", "iii:i", say(2) + local(1) + local(2) + answer(body))
        .on("proxy_on_request_trailers", "ii:i", say(3) + answer(trailers))
        .on("proxy_on_tick", "i:", toStream("(drop " + Wat.call("proxy_continue_stream", 0) + ")"));
  }

  private static String toStream(String then) {
    return "(if (call $proxy_set_effective_context (global.get $stream)) (then) (else "
        + then
        + "))";
  }

  private static String localReply(int status) {
    return "(drop " + Wat.call("proxy_send_local_response", status, 0, 0, 0, 0, 0, 0, -1) + ")";
  }

  private WorkerFilterFactory start(Wat guest) {
    return start(guest, false);
  }

  private WorkerFilterFactory start(Wat guest, boolean allowStopIteration) {
    return plugins.start(
        TestPlugins.config(
            guest.wasm(),
            plugin -> plugin.setAllowOnHeadersStopIteration(BoolValue.of(allowStopIteration))));
  }

  private void tick() {
    plugins.loop.advance(Duration.ofMillis(100));
    plugins.loop.runTasks();
  }

  private List<String> said() {
    var prefix = "INFO wasm log p0 r0 vm: ";
    return plugins.log().stream().map(line -> line.substring(prefix.length())).toList();
  }

  @ParameterizedTest
  @CsvSource({"1", "3", "4", "9"})
  void stoppingAllHoldsBodyAndTrailersFromThisFilterUntilItContinues(int head) {
    try (var stream = plugins.stream(start(guest(head, 0, 0)))) {
      stream.request(false).requestBody("ab", false).requestTrailers("t", "1");
      assertThat(said()).as("neither body nor trailers").containsExactly("1");
      assertThat(stream.upstream()).isEmpty();

      tick();

      assertThat(said()).as("delivered to this filter").containsExactly("1", "2", "2", "0", "3");
      assertThat(stream.upstream()).hasSize(3).last().isEqualTo("trailers t: 1");
    }
  }

  @Test
  void stoppingTheHeadOnlyShowsTheBodyWhenThePluginIsAllowedTo() {
    try (var stream = plugins.stream(start(guest(1, 0, 0), true))) {
      stream.request(false);
      assertThat(stream.upstream()).isEmpty();

      stream.requestBody("ab", false);

      assertThat(said()).containsExactly("1", "2", "2", "0");
      assertThat(stream.upstream()).as("both together").hasSize(2).last().isEqualTo("body ab");
    }
  }

  @Test
  void continuingReleasesAHeadThatAloneWasStopped() {
    try (var stream = plugins.stream(start(guest(1, 1, 0), true))) {
      stream.request(false).requestBody("ab", false);
      assertThat(stream.upstream()).isEmpty();

      tick();

      assertThat(stream.upstream()).hasSize(2).last().isEqualTo("body ab");
      stream.requestBody("cd", true);
    }
  }

  @ParameterizedTest
  @CsvSource({"0", "2"})
  void continuingAndEndingTheStreamIsContinuing(int head) {
    try (var stream = plugins.stream(start(guest(head, 0, 0)))) {
      stream.request(false).requestBody("ab", true);

      assertThat(stream.upstream()).hasSize(2).last().isEqualTo("body ab end");
    }
  }

  @Test
  void bufferingShowsAllThatWasHeldEachTime() {
    try (var stream = plugins.stream(start(guest(0, 1, 0)))) {
      stream.request(false).requestBody("ab", false).requestBody("cde", true);
      assertThat(said()).containsExactly("1", "2", "2", "0", "2", "5", "1");
      assertThat(stream.upstream()).hasSize(1);

      tick();

      assertThat(said()).as("not shown again").hasSize(7);
      assertThat(String.join("", stream.upstream().subList(1, stream.upstream().size())))
          .isEqualTo("body abbody cde end");
    }
  }

  @Test
  void pushingBackShowsOnlyTheNewBytesEachTime() {
    try (var stream = plugins.stream(start(guest(0, 2, 0)))) {
      stream.request(false).requestBody("ab", false).requestBody("cde", true);

      assertThat(said()).containsExactly("1", "2", "2", "0", "2", "3", "1");
      assertThat(stream.upstream()).hasSize(1);
    }
  }

  @ParameterizedTest
  @CsvSource({"3", "7"})
  void notBufferingDropsTheChunk(int body) {
    try (var stream = plugins.stream(start(guest(0, body, 0)))) {
      stream.request(false).requestBody("ab", false);
      tick();
      stream.requestBody("", true);
      tick();

      assertThat(String.join("", stream.upstream())).doesNotContain("ab").endsWith("end");
    }
  }

  @Test
  void aBodyHeldToItsEndIsReleasedByTrailersWithoutACallback() {
    var guest =
        Wat.guest()
            .on(
                "proxy_on_request_body",
                "iii:i",
                "(if (result i32) (local.get 2) (then (i32.const 0)) (else (i32.const 1)))");

    try (var stream = plugins.stream(start(guest))) {
      stream.request(false).requestBody("ab", false).requestTrailers("t", "1");

      assertThat(stream.upstream().subList(1, 3)).containsExactly("body ab", "trailers t: 1");
    }
  }

  @Test
  void stoppingTrailersHoldsThemUntilItContinues() {
    try (var stream = plugins.stream(start(guest(0, 0, 1)))) {
      stream.request(false).requestBody("ab", false).requestTrailers("t", "1");
      assertThat(stream.upstream()).hasSize(2);

      tick();

      assertThat(stream.upstream()).hasSize(3).last().isEqualTo("trailers t: 1");
      assertThat(said()).as("not shown again").containsExactly("1", "2", "2", "0", "3");
    }
  }

  @ParameterizedTest
  @CsvSource({"3, 0", "0, 1"})
  void bufferingOverTheLimitIsAnsweredWith413AndTheGuestIsNotCalledAgain(int head, int body) {
    try (var stream = plugins.stream(start(guest(head, body, 0)))) {
      var half = "x".repeat(600_000);
      stream.request(false).requestBody(half, false).requestBody(half, false);
      var heard = said();
      stream.requestBody(half, false).requestTrailers("t", "1");
      tick();

      assertThat(stream.asked()).containsExactly("reply 413 request_payload_too_large");
      assertThat(stream.client()).singleElement().asString().startsWith("head :status: 413");
      assertThat(said()).isEqualTo(heard);
      assertThat(stream.upstream())
          .isEqualTo(head == 0 ? stream.upstream().subList(0, 1) : List.of());
    }
  }

  @Test
  void bufferingAResponseOverTheLimitIsAnsweredWith500() {
    var guest =
        Wat.guest().onRequestHeaders("").on("proxy_on_response_headers", "iii:i", answer(3));

    try (var stream = plugins.stream(start(guest))) {
      var half = "x".repeat(600_000);
      stream.get().response(200, false).responseBody(half, false).responseBody(half, false);

      assertThat(stream.asked()).containsExactly("reply 500 response_payload_too_large");
    }
  }

  @ParameterizedTest
  @CsvSource({"1", "4"})
  void aResponseIsHeldAndContinuedTheSameWay(int head) {
    var guest =
        guest(0, 0, 0)
            .on("proxy_on_response_headers", "iii:i", say(11) + answer(head))
            .on("proxy_on_response_body", "iii:i", say(12) + local(1) + answer(0))
            .on(
                "proxy_on_tick",
                "i:",
                toStream("(drop " + Wat.call("proxy_continue_stream", 1) + ")"));

    try (var stream = plugins.stream(start(guest))) {
      stream.get().response(200, false).responseBody("ab", true);
      assertThat(stream.client()).isEmpty();
      assertThat(said()).containsExactly("1", "11");

      tick();

      assertThat(said()).containsExactly("1", "11", "12", "2");
      assertThat(stream.client()).containsExactly("head :status: 200", "body ab end");
    }
  }

  @Test
  void continuingWithoutAPauseIsNothing() {
    try (var stream = plugins.stream(start(guest(0, 0, 0)))) {
      stream.request(false);
      tick();
      tick();
      stream.requestBody("ab", true);

      assertThat(stream.upstream()).as("the head once").hasSize(2);
    }
  }

  @Test
  void continuingInTheCallbackThatContinuesSendsTheHeadOnce() {
    var guest =
        Wat.guest()
            .onRequestHeaders("(drop " + Wat.call("proxy_continue_stream", 0) + ")")
            .onResponseHeaders("(drop " + Wat.call("proxy_continue_stream", 1) + ")");

    try (var stream = plugins.stream(start(guest))) {
      stream.get().response(200, true);

      assertThat(stream.upstream()).hasSize(1);
      assertThat(stream.client()).containsExactly("head :status: 200 end");
    }
  }

  @Test
  void continuingTheResponseBeforeThereIsOneIsNothing() {
    var guest = Wat.guest().onRequestHeaders("(drop " + Wat.call("proxy_continue_stream", 1) + ")");

    try (var stream = plugins.stream(start(guest))) {
      stream.get().response(200, true);

      assertThat(stream.client()).containsExactly("head :status: 200 end");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "proxy_on_request_headers, iii:i",
    "proxy_on_request_body, iii:i",
    "proxy_on_request_trailers, ii:i"
  })
  void aGuestMayAnswerInEveryPhaseOfTheRequest(String callback, String signature) {
    var guest = Wat.guest().on(callback, signature, localReply(429) + answer(0));

    try (var stream = plugins.stream(start(guest))) {
      stream.request(false).requestBody("ab", false).requestTrailers("t", "1");

      assertThat(stream.asked()).containsExactly("reply 429 ");
      assertThat(stream.client()).containsExactly("head :status: 429 end");
    }
  }

  @Test
  void aGuestMayReplaceAResponse() {
    var guest = Wat.guest().onRequestHeaders("").onResponseHeaders(localReply(451));

    try (var stream = plugins.stream(start(guest))) {
      stream.get().response(200, false);

      assertThat(stream.client()).containsExactly("head :status: 451 end");
    }
  }

  @ParameterizedTest
  @CsvSource({"proxy_on_response_body, iii:i", "proxy_on_response_trailers, ii:i"})
  void anAnswerAfterTheHeadOfTheResponseIsAskedForOnce(String callback, String signature) {
    var guest =
        Wat.guest().onRequestHeaders("").on(callback, signature, localReply(451) + answer(0));

    try (var stream = plugins.stream(start(guest))) {
      stream.get().response(200, false).responseBody("ab", false).responseTrailers("t", "1");

      assertThat(stream.asked()).as("the proxy resets it").containsExactly("reply 451 ");
    }
  }

  @Test
  void twoAnswersAreTheFirst() {
    var guest = Wat.guest().onRequestHeaders(localReply(401) + localReply(402));

    try (var stream = plugins.stream(start(guest))) {
      stream.get();

      assertThat(stream.asked()).containsExactly("reply 401 ");
      assertThat(stream.client()).containsExactly("head :status: 401 end");
    }
  }

  @Test
  void aGuestSeesItsOwnAnswerAndMayAnswerAgain() {
    var guest =
        Wat.guest().onRequestHeaders(localReply(401)).onResponseHeaders(say(11) + localReply(402));

    try (var stream = plugins.stream(start(guest))) {
      stream.get();

      assertThat(said()).as("its own answer, and not the answer to it").containsExactly("11");
      assertThat(stream.client()).containsExactly("head :status: 402 end");
    }
  }

  @Test
  void anAnswerFromATickEndsARequestThatIsHeld() {
    var guest = guest(1, 0, 0).on("proxy_on_tick", "i:", toStream(localReply(408)));

    try (var stream = plugins.stream(start(guest))) {
      stream.request(false);
      tick();

      assertThat(stream.client()).containsExactly("head :status: 408 end");
    }
  }
}

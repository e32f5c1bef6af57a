package dev.outrider.proxy.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.http.MessageSink;
import dev.outrider.proxy.http.ResetReason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The table of the package description, and the rules below it. Three filters, of which the middle
/// one (`B`) holds.
class FilterPassTest {
  private final FakeStreamHost host = new FakeStreamHost();
  private final StreamFilters filters = new StreamFilters(host);
  private final List<String> trace = new ArrayList<>();
  private final List<ScriptedFilter> chain = new ArrayList<>();
  private final End end = new End();
  private final Source source = new Source();
  private MessageSink pass = filters.request();
  private boolean response;

  @AfterEach
  void recycle() {
    filters.end();
    filters.recycle();
    for (var trailers :
        new HeaderMap[] {host.info.requestTrailers(), host.info.responseTrailers()}) {
      if (trailers != null) {
        trailers.release();
      }
    }
    host.requestHead.release();
    host.responseHead.release();
    assertThat(host.heads.outstanding()).isZero();
    assertThat(source.held).isFalse();
  }

  /// What B answers | what happens ("resume" = B resumes) | what A, B, C and the end `>` see.
  static Stream<Arguments> table() {
    return Stream.of(
        row("CONTINUE", "head.", "A:head. B:head. C:head. >head."),
        row(
            "",
            "head ab cd.",
            "A:head B:head C:head >head A:ab B:ab C:ab >ab A:cd. B:cd. C:cd. >cd."),
        row(
            "",
            "head ab trailers",
            "A:head B:head C:head >head A:ab B:ab C:ab >ab A:trailers B:trailers C:trailers"
                + " >trailers"),
        row("HOLD_HEAD", "head. resume", "A:head. B:head. C:head. >head."),
        row("HOLD_HEAD", "head resume", "A:head B:head C:head >head"),
        row("HOLD_HEAD", "head ab", "A:head B:head A:ab B:ab C:head >head C:ab >ab"),
        row("HOLD_HEAD CONTINUE", "head ab.", "A:head B:head A:ab. B:ab. C:head >head C:ab. >ab."),
        row(
            "HOLD_HEAD HOLD_AND_SHOW_ALL",
            "head ab cd.",
            "A:head B:head A:ab B:ab A:cd. B:abcd. C:head >head C:abcd. >ab >cd."),
        row(
            "HOLD_HEAD HOLD_AND_SHOW_ALL",
            "head ab resume cd.",
            "A:head B:head A:ab B:ab C:head >head C:ab >ab A:cd. B:cd. C:cd. >cd."),
        row(
            "HOLD_HEAD HOLD_AND_SHOW_NEW",
            "head ab cd.",
            "A:head B:head A:ab B:ab A:cd. B:cd. C:head >head C:abcd. >ab >cd."),
        row(
            "HOLD_HEAD",
            "head trailers",
            "A:head B:head A:trailers B:trailers C:head >head C:trailers >trailers"),
        row(
            "HOLD_HEAD HOLD",
            "head trailers resume",
            "A:head B:head A:trailers B:trailers C:head >head C:trailers >trailers"),
        row("HOLD_ALL_LIMITED", "head. resume", "A:head. B:head. C:head. >head."),
        row(
            "HOLD_ALL_LIMITED",
            "head ab cd. resume",
            "A:head B:head A:ab A:cd. C:head >head B:abcd. C:abcd. >ab >cd."),
        row(
            "HOLD_ALL_BACKPRESSURE",
            "head ab trailers resume",
            "A:head B:head A:ab A:trailers C:head >head B:ab C:ab >ab B:trailers C:trailers"
                + " >trailers"),
        row(
            "HOLD_ALL_BACKPRESSURE",
            "head resume ab.",
            "A:head B:head C:head >head A:ab. B:ab. C:ab. >ab."),
        row(
            "HOLD_ALL_LIMITED HOLD_AND_SHOW_ALL",
            "head ab resume cd.",
            "A:head B:head A:ab C:head >head B:ab A:cd. B:abcd. C:abcd. >ab >cd."),
        row(
            "CONTINUE HOLD_AND_SHOW_ALL",
            "head ab. resume",
            "A:head B:head C:head >head A:ab. B:ab. C:ab. >ab."),
        row(
            "CONTINUE HOLD_AND_SHOW_ALL HOLD_AND_SHOW_ALL",
            "head ab cd ef.",
            "A:head B:head C:head >head A:ab B:ab A:cd B:abcd A:ef. B:abcdef. C:abcdef. >ab"
                + " >cdef."),
        row(
            "CONTINUE HOLD_AND_SHOW_NEW HOLD_AND_SHOW_NEW",
            "head ab cd resume",
            "A:head B:head C:head >head A:ab B:ab A:cd B:cd C:abcd >ab >cd"),
        row(
            "CONTINUE HOLD_AND_SHOW_ALL",
            "head ab trailers",
            "A:head B:head C:head >head A:ab B:ab A:trailers B:trailers C:ab >ab C:trailers"
                + " >trailers"),
        row(
            "CONTINUE DROP",
            "head ab cd.",
            "A:head B:head C:head >head A:ab B:ab A:cd. B:cd. C:cd. >cd."),
        row("CONTINUE DROP", "head ab. resume", "A:head B:head C:head >head A:ab. B:ab. C:. >."),
        row(
            "CONTINUE HOLD",
            "head trailers resume",
            "A:head B:head C:head >head A:trailers B:trailers C:trailers >trailers"),
        row("CONTINUE HOLD", "head trailers", "A:head B:head C:head >head A:trailers B:trailers"),
        row(
            "HOLD_ALL_LIMITED",
            "head ab resume resume resume cd.",
            "A:head B:head A:ab C:head >head B:ab C:ab >ab A:cd. B:cd. C:cd. >cd."),
        row("", "head resume ab. resume", "A:head B:head C:head >head A:ab. B:ab. C:ab. >ab."));
  }

  private static Arguments row(String answers, String events, String expected) {
    return Arguments.of(answers, events, expected);
  }

  @ParameterizedTest(name = "request: {0} | {1}")
  @MethodSource("table")
  void theTableHoldsForRequests(String answers, String events, String expected) {
    begin(1000);
    run(answers, events, expected);
  }

  @ParameterizedTest(name = "response: {0} | {1}")
  @MethodSource("table")
  void theTableHoldsForResponsesFromTheLastFilterToTheFirst(
      String answers, String events, String expected) {
    response = true;
    begin(1000);
    run(answers, events, expected);
  }

  private void run(String answers, String events, String expected) {
    script(answers);

    for (var event : events.split(" ", -1)) {
      feed(event);
    }

    assertThat(String.join(" ", trace)).isEqualTo(expected);
  }

  @Test
  void tooMuchForABufferingFilterIsAnswered() {
    begin(4);
    script("HOLD_HEAD HOLD_AND_SHOW_ALL HOLD_AND_SHOW_ALL");

    feed("head", "abcd");
    assertThat(host.asked).isEmpty();
    feed("ef", "gh.");
    host.loop.runTasks();

    assertThat(host.asked).containsExactly("reply 413 request_payload_too_large");
    assertThat(trace).containsExactly("A:head", "B:head", "A:abcd", "B:abcd", "A:ef", "B:abcdef");
  }

  @Test
  void tooMuchOfAResponseIsAnInternalError() {
    response = true;
    begin(4);
    script("HOLD_ALL_LIMITED");

    feed("head", "abcde");
    host.loop.runTasks();

    assertThat(host.asked).containsExactly("reply 500 response_payload_too_large");
  }

  @Test
  void aFilterThatPushesBackHoldsTheSourceAtTheLimitUntilItResumes() {
    begin(4);
    script("HOLD_ALL_BACKPRESSURE");

    feed("head", "abc");
    assertThat(source.held).isFalse();
    feed("de");
    assertThat(source.held).isTrue();

    feed("resume");
    assertThat(source.held).isFalse();
    assertThat(host.asked).isEmpty();
  }

  @Test
  void theSourceIsFreeAgainWhenAStreamEndsHeld() {
    begin(1);
    script("CONTINUE HOLD_AND_SHOW_NEW");
    feed("head", "abc");
    assertThat(source.held).isTrue();

    filters.end();

    assertThat(source.held).isFalse();
  }

  @Test
  void twoFiltersMayHoldAtTheSameTime() {
    begin(1000);
    script("CONTINUE HOLD_AND_SHOW_ALL");
    chain.get(2).heads.add(HeadStatus.HOLD_HEAD);
    chain.get(2).bodies.add(BodyStatus.HOLD_AND_SHOW_ALL);

    feed("head", "ab", "cd");
    resume(2);
    feed("ef.");

    assertThat(String.join(" ", trace))
        .isEqualTo(
            "A:head B:head C:head A:ab B:ab A:cd B:abcd C:abcd >head >ab >cd A:ef. B:ef. C:ef."
                + " >ef.");
  }

  @Test
  void aReplyInsideACallbackMakesTheReturnedStatusMeaningless() {
    begin(1000);
    chain.get(1).onHead = _ -> chain.get(1).handle.reply(LocalReply.of(403, "no"));

    feed("head", "ab.");
    assertThat(host.asked).isEmpty();
    host.loop.runTasks();

    assertThat(host.asked).containsExactly("reply 403 no");
    assertThat(trace).containsExactly("A:head", "B:head");
  }

  @Test
  void onlyTheFirstReplyCountsAndAResetBeatsIt() {
    begin(1000);
    var handle = chain.get(1).handle;
    chain.get(1).onHead =
        _ -> {
          handle.reply(LocalReply.of(403, "first"));
          handle.reply(LocalReply.of(404, "second"));
          handle.reset(ResetReason.LOCAL_RESET, "wasm_close_stream");
        };

    feed("head");
    host.loop.runTasks();

    assertThat(host.asked).containsExactly("reset LOCAL_RESET wasm_close_stream");
  }

  @Test
  void resumeInsideACallbackReleasesWhatThatCallbackHolds() {
    begin(1000);
    script("HOLD_HEAD");
    chain.get(1).onHead = _ -> chain.get(1).handle.resumeRequest();

    feed("head");
    assertThat(trace).containsExactly("A:head", "B:head");
    host.loop.runTasks();

    assertThat(trace).containsExactly("A:head", "B:head", "C:head", ">head");
  }

  @Test
  void effectsAfterTheEndOfTheStreamDoNothing() {
    begin(1000);
    script("HOLD_HEAD");
    feed("head");
    filters.end();
    trace.clear();

    var handle = chain.get(1).handle;
    handle.resumeRequest();
    handle.reply(LocalReply.of(403, "no"));
    handle.reset(ResetReason.LOCAL_RESET, "x");
    host.loop.runTasks();

    assertThat(trace).isEmpty();
    assertThat(host.asked).isEmpty();
  }

  @Test
  void aResumeAskedForInAnEarlierLifeIsDropped() {
    begin(1000);
    script("HOLD_HEAD");
    feed("head");
    chain.get(1).handle.resumeRequest();
    filters.end();
    filters.recycle();
    begin(1000);
    script("HOLD_HEAD");
    trace.clear();
    feed("head");

    host.loop.runTasks();

    assertThat(trace).containsExactly("A:head", "B:head");
  }

  @Test
  void trailersMayBeAddedWithTheLastPieceOfTheBody() {
    begin(1000);
    var added = new ArrayList<Boolean>();
    chain.get(1).onBody =
        _ -> {
          var trailers = chain.get(1).handle.addRequestTrailers();
          added.add(trailers != null);
          if (trailers != null) {
            trailers.add(HeaderNames.GRPC_STATUS, "0");
          }
        };

    feed("head", "ab", "cd.");

    assertThat(added).containsExactly(false, true);
    assertThat(String.join(" ", trace))
        .isEqualTo(
            "A:head B:head C:head >head A:ab B:ab C:ab >ab A:cd. B:cd. C:cd >cd C:trailers"
                + " >trailers");
  }

  @Test
  void addedTrailersWaitForAHeldBody() {
    begin(1000);
    script("CONTINUE HOLD_AND_SHOW_ALL");
    chain.get(1).onBody = _ -> chain.get(1).handle.addRequestTrailers();

    feed("head", "ab.");
    assertThat(String.join(" ", trace)).isEqualTo("A:head B:head C:head >head A:ab. B:ab.");
    feed("resume");

    assertThat(String.join(" ", trace))
        .isEqualTo("A:head B:head C:head >head A:ab. B:ab. C:ab >ab C:trailers >trailers");
  }

  @Test
  void theLengthIsCorrectedWhenACompleteBodyWasEditedBeforeItsHeadLeft() {
    begin(1000);
    host.requestHead.set(HeaderNames.CONTENT_LENGTH, 4);
    script("HOLD_HEAD HOLD_AND_SHOW_ALL");
    chain.get(1).onBody = body -> body.replace(0, 0, bytes("<<"), 0, body.length() == 4 ? 2 : 0);

    feed("head", "ab", "cd.");

    assertThat(host.requestHead.get(HeaderNames.CONTENT_LENGTH)).isEqualTo("6");
    assertThat(trace).contains("C:<<abcd.");
  }

  @Test
  void theLengthIsCorrectedWhenAFilterBeforeTheHoldingOneEditedTheBody() {
    begin(1000);
    host.requestHead.set(HeaderNames.CONTENT_LENGTH, 4);
    script("HOLD_HEAD HOLD_AND_SHOW_ALL");
    chain.get(0).onBody = body -> body.replace(0, 1, bytes(""), 0, 0);

    feed("head", "ab", "cd.");

    assertThat(host.requestHead.get(HeaderNames.CONTENT_LENGTH)).isEqualTo("2");
    assertThat(trace).contains("C:bd.");
  }

  @Test
  void theLengthIsRemovedWhenAnIncompleteBodyWasEdited() {
    begin(1000);
    host.requestHead.set(HeaderNames.CONTENT_LENGTH, 4);
    script("HOLD_HEAD");
    chain.get(1).onBody = body -> body.replace(0, 1, bytes(""), 0, 0);

    feed("head", "ab");

    assertThat(host.requestHead.contains(HeaderNames.CONTENT_LENGTH)).isFalse();
    assertThat(trace).contains("C:b");
  }

  @Test
  void theLengthStaysWhenTheBodyWasOnlyHeld() {
    begin(1000);
    host.requestHead.set(HeaderNames.CONTENT_LENGTH, 4);
    script("HOLD_HEAD HOLD_AND_SHOW_ALL");

    feed("head", "ab", "cd.");

    assertThat(host.requestHead.get(HeaderNames.CONTENT_LENGTH)).isEqualTo("4");
  }

  @Test
  void aResetPassesByTheFilters() {
    begin(1000);
    script("HOLD_HEAD");
    feed("head");

    pass.onReset(ResetReason.REMOTE_RESET);
    feed("resume");

    assertThat(trace).containsExactly("A:head", "B:head", ">reset");
  }

  @Test
  void aFactoryMayLeaveItsFilterOut() {
    filters.beginRequest(end, source, 10);
    filters.beginResponse(end, source, 10);
    filters.add(_ -> null);
    filters.add(handle -> add("B", handle));
    filters.ready();

    feed("head.");

    assertThat(trace).containsExactly("B:head.", ">head.");
  }

  @Test
  void informationalHeadsAreShownToAllAndHeldByNone() {
    response = true;
    begin(1000);
    script("HOLD_HEAD");

    pass.onInformational(host.responseHead);

    assertThat(trace).containsExactly("A:1xx", "B:1xx", "C:1xx", ">1xx");
  }

  // ---- driving

  private void begin(int limit) {
    chain.clear();
    pass = response ? filters.response() : filters.request();
    filters.beginRequest(end, source, limit);
    filters.beginResponse(end, source, limit);
    for (var name : response ? List.of("C", "B", "A") : List.of("A", "B", "C")) {
      filters.add(handle -> add(name, handle));
    }
    filters.ready();
    if (response) {
      host.info.responseHead(host.responseHead);
    }
  }

  private ScriptedFilter add(String name, StreamHandle handle) {
    var filter = new ScriptedFilter(name, trace, handle);
    chain.add(filter);
    return filter;
  }

  /// Statuses of B in the order in which it gives them; a kind of event takes the next of its own
  /// kind.
  private void script(String answers) {
    var filter = chain.get(1);
    for (var answer : answers.split(" ", -1)) {
      if (answer.equals("HOLD")) {
        filter.trailers.add(TrailersStatus.HOLD);
      } else if (Arrays.stream(HeadStatus.values()).anyMatch(s -> s.name().equals(answer))
          && filter.heads.isEmpty()) {
        filter.heads.add(HeadStatus.valueOf(answer));
      } else if (!answer.isEmpty()) {
        filter.bodies.add(BodyStatus.valueOf(answer));
      }
    }
  }

  private void feed(String... events) {
    for (var event : events) {
      switch (event) {
        case "head" -> pass.onHead(head(), false);
        case "head." -> pass.onHead(head(), true);
        case "trailers" -> {
          var trailers = host.heads.take(HeadKind.TRAILERS);
          if (response) {
            host.info.responseTrailers(trailers);
          } else {
            host.info.requestTrailers(trailers);
          }
          pass.onTrailers(trailers);
        }
        case "resume" -> resume(1);
        default -> {
          var last = event.endsWith(".");
          var text = last ? event.substring(0, event.length() - 1) : event;
          pass.onBody(Unpooled.copiedBuffer(bytes(text)), last);
        }
      }
    }
  }

  private void resume(int filter) {
    if (response) {
      chain.get(filter).handle.resumeResponse();
    } else {
      chain.get(filter).handle.resumeRequest();
    }
    host.loop.runTasks();
  }

  private HeaderMap head() {
    return response ? host.responseHead : host.requestHead;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private final class End implements MessageSink {
    @Override
    public void onInformational(HeaderMap head) {
      trace.add(">1xx");
    }

    @Override
    public void onHead(HeaderMap head, boolean ended) {
      trace.add(">head" + (ended ? "." : ""));
    }

    @Override
    public void onBody(ByteBuf chunk, boolean ended) {
      trace.add(">" + chunk.toString(StandardCharsets.UTF_8) + (ended ? "." : ""));
      chunk.release();
    }

    @Override
    public void onTrailers(HeaderMap trailers) {
      trace.add(">trailers");
    }

    @Override
    public void onReset(ResetReason why) {
      trace.add(">reset");
    }
  }

  private static final class Source implements FlowControl {
    private boolean held;

    @Override
    public void hold(Hold cause) {
      assertThat(held).isFalse();
      held = true;
    }

    @Override
    public void release(Hold cause) {
      held = false;
    }
  }
}

package dev.outrider.proxy.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.attributes.FormatEnvironment;
import dev.outrider.proxy.attributes.FormatString;
import dev.outrider.proxy.attributes.HeaderEdit;
import dev.outrider.proxy.attributes.JsonFormat;
import dev.outrider.proxy.config.BodyFormat;
import dev.outrider.proxy.config.LocalReplyOptions;
import dev.outrider.proxy.config.LocalReplyOptions.Mapper;
import dev.outrider.proxy.config.LogFilter;
import dev.outrider.proxy.config.LogFilter.Comparison;
import dev.outrider.proxy.config.LogFilter.Operator;
import dev.outrider.proxy.filter.HeadStatus;
import dev.outrider.proxy.filter.HttpFilter;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.stream.ResponseFlag;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What becomes of the answers of the proxy's own: those of the codec, the router and filters.
class LocalReplyTest {
  private static final String GET = "GET /a HTTP/1.1\nhost: h\n\n";
  private static final BodyFormat PLAIN =
      new BodyFormat.Text(format("<%LOCAL_REPLY_BODY%> %RESPONSE_CODE%"), "-", "text/plain");

  private final MemoryProxy proxy = new MemoryProxy();

  @AfterEach
  void nothingIsLeftOver() {
    proxy.close();
  }

  private static FormatString format(String text) {
    return FormatString.parse(
        text,
        FormatEnvironment.ofProcess(),
        problem -> {
          throw new AssertionError(problem);
        });
  }

  private static LogFilter flagged(ResponseFlag flag) {
    return new LogFilter.Flags(List.of(flag));
  }

  private static Mapper mapper(
      LogFilter filter, int status, @Nullable String body, HeaderEdit... edits) {
    return new Mapper(filter, status, body, List.of(edits), null);
  }

  private static HeaderEdit put(String name, String value) {
    return new HeaderEdit.Put(HeaderName.of(name), format(value), HeaderEdit.Mode.OVERWRITE, false);
  }

  @Test
  void theFirstMapperThatMatchesChangesStatusBodyAndHeaders() {
    proxy.connects = false;
    proxy.localReplies =
        new LocalReplyOptions(
            List.of(
                mapper(flagged(ResponseFlag.NO_ROUTE_FOUND), 410, "not this"),
                mapper(
                    flagged(ResponseFlag.UPSTREAM_CONNECTION_FAILURE),
                    599,
                    "down",
                    put("x-was", "%RESPONSE_CODE% %REQ(:PATH)%")),
                mapper(new LogFilter.NotHealthCheck(), 298, "nor this")),
            PLAIN);

    var answer = proxy.configured().client().send(GET).received();

    assertThat(answer)
        .startsWith("HTTP/1.1 599 ")
        .contains("\nx-was: 503 /a\n", "\ncontent-length: 10\n", "\ncontent-type: text/plain\n")
        .endsWith("\n\n<down> 599");
    assertThat(proxy.log.getFirst()).startsWith("599 UF ");
  }

  @Test
  void anAnswerOfTheServiceIsLeftAlone() {
    proxy.localReplies =
        new LocalReplyOptions(List.of(mapper(new LogFilter.NotHealthCheck(), 298, "x")), PLAIN);
    var client = proxy.configured().client().send(GET);

    proxy.upstream().send("HTTP/1.1 503 Service Unavailable\ncontent-length: 2\n\nno");

    assertThat(client.received()).startsWith("HTTP/1.1 503 ").endsWith("\n\nno");
  }

  @Test
  void theCodecsRepliesAreRewrittenToo() {
    proxy.localReplies =
        new LocalReplyOptions(
            List.of(
                mapper(flagged(ResponseFlag.DOWNSTREAM_PROTOCOL_ERROR), 298, "raised later"),
                mapper(new LogFilter.StatusCode(new Comparison(Operator.EQUAL, 400)), 444, null)),
            PLAIN);

    var answer = proxy.configured().client().send("GET / HTTP/1.1\nhost: h\nx y: z\n\n").received();

    assertThat(answer).startsWith("HTTP/1.1 444 ").endsWith("\n\n<Bad Request> 444");
    assertThat(proxy.log).containsExactly("444 DPE http1.codec_error");
  }

  @Test
  void aFiltersReplyIsRewrittenToo() {
    proxy.localReplies =
        new LocalReplyOptions(
            List.of(
                new Mapper(
                    new LogFilter.StatusCode(new Comparison(Operator.EQUAL, 403)),
                    0,
                    null,
                    List.of(),
                    new BodyFormat.Json(
                        JsonFormat.parse(
                            Map.of("code", "%RESPONSE_CODE%", "text", "%LOCAL_REPLY_BODY%"),
                            false,
                            FormatEnvironment.ofProcess(),
                            problem -> {
                              throw new AssertionError(problem);
                            }),
                        "application/json"))),
            null);
    proxy.filter(
        stream ->
            new HttpFilter() {
              @Override
              public HeadStatus onRequestHead(HeaderMap head, boolean end) {
                stream.reply(LocalReply.of(403, "say \"no\"", "denied"));
                return HeadStatus.HOLD_ALL_LIMITED;
              }
            });

    var client = proxy.configured().client();

    assertThat(client.send(GET).received())
        .contains("\ncontent-type: application/json\n")
        .endsWith("{\"code\":403,\"text\":\"say \\\"no\\\"\"}\n");
    assertThat(
            client.send("POST /a HTTP/1.1\nhost: h\ncontent-type: application/grpc\n\n").received())
        .contains("\ngrpc-status: 7\n", "\ngrpc-message: {\"code\":403,\"text\":")
        .doesNotContain("%0A");
  }

  @Test
  void aBodyThatIsTakenAwayTakesItsTypeWithIt() {
    proxy.connects = false;
    proxy.localReplies =
        new LocalReplyOptions(List.of(mapper(new LogFilter.NotHealthCheck(), 0, "")), null);

    assertThat(proxy.configured().client().send(GET).received())
        .startsWith("HTTP/1.1 503 ")
        .contains("\ncontent-length: 0\n")
        .doesNotContain("content-type");
  }
}

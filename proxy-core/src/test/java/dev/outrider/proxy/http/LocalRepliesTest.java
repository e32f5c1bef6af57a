package dev.outrider.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LocalRepliesTest {
  private final HeadStores stores = new HeadStores();

  private String head(LocalReply reply, boolean grpc) {
    var head = LocalReplies.head(reply, grpc, stores);
    var text = head.toString();
    head.release();
    return text;
  }

  @Test
  void describesABodyAsPlainText() {
    var reply =
        LocalReply.of(503, "no healthy upstream", "no_healthy_upstream")
            .withHeader(HeaderName.of("x-a"), "1");

    assertThat(head(reply, false))
        .isEqualTo(":status: 503\nx-a: 1\ncontent-length: 19\ncontent-type: text/plain\n");
    assertThat(LocalReplies.body(reply, false).toString(StandardCharsets.UTF_8))
        .isEqualTo("no healthy upstream");
  }

  @Test
  void leavesTheLengthOfAnEmptyBodyToTheCodec() {
    assertThat(head(LocalReply.of(404, "route_not_found"), false)).isEqualTo(":status: 404\n");
  }

  @Test
  void letsTheReplyChooseItsContentType() {
    var reply =
        LocalReply.of(400, "{}", "x").withHeader(HeaderNames.CONTENT_TYPE, "application/json");

    assertThat(head(reply, false))
        .isEqualTo(":status: 400\ncontent-type: application/json\ncontent-length: 2\n");
  }

  @Test
  void answersGrpcWithAHeadOnly() {
    var reply = LocalReply.of(503, "no healthy 100% \u00e9", "x");

    assertThat(head(reply, true))
        .isEqualTo(
            """
            :status: 200
            content-type: application/grpc
            grpc-status: 14
            grpc-message: no healthy 100%25 %C3%A9
            """);
    assertThat(LocalReplies.body(reply, true).readableBytes()).isZero();
  }

  @Test
  void takesAGivenGrpcStatus() {
    assertThat(head(LocalReply.of(404, "x").withGrpcStatus(5), true))
        .isEqualTo(":status: 200\ncontent-type: application/grpc\ngrpc-status: 5\n");
  }

  @ParameterizedTest
  @CsvSource({
    "400,13", "401,16", "403,7", "404,12", "429,14", "502,14", "503,14", "504,14", "500,2", "418,2",
    "200,2"
  })
  void mapsTheStatus(int http, int grpc) {
    assertThat(LocalReplies.grpcStatus(http)).isEqualTo(grpc);
  }

  @ParameterizedTest
  @CsvSource({
    "application/grpc,true",
    "application/grpc+proto,true",
    "application/grpc-web,false",
    "application/grpcx,false",
    "text/plain,false"
  })
  void recognisesGrpc(String contentType, boolean grpc) {
    var request = stores.take(HeadKind.REQUEST);
    assertThat(LocalReplies.isGrpc(request)).isFalse();

    request.set(HeaderNames.CONTENT_TYPE, contentType);

    assertThat(LocalReplies.isGrpc(request)).isEqualTo(grpc);
    request.release();
  }
}

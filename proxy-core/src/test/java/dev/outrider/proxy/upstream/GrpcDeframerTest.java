package dev.outrider.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.upstream.GrpcDeframer.Result;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GrpcDeframerTest {
  private static final byte[] STREAM = {0, 0, 0, 0, 2, 'a', 'b', 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 'c'};

  @Test
  void findsTheMessagesHoweverTheStreamIsCut() {
    for (var cut = 0; cut <= STREAM.length; cut++) {
      var deframer = new GrpcDeframer(2);
      var messages = new ArrayList<String>();
      assertThat(read(deframer, messages, 0, cut)).isEqualTo(Result.MORE);
      assertThat(read(deframer, messages, cut, STREAM.length - cut)).isEqualTo(Result.MORE);

      assertThat(messages).as("cut at %s", cut).isEqualTo(List.of("ab", "", "c"));
      assertThat(deframer.atBoundary()).isTrue();
    }
  }

  @Test
  void noticesAStreamThatEndsInsideAMessage() {
    var deframer = new GrpcDeframer(2);
    read(deframer, new ArrayList<>(), 0, 6);

    assertThat(deframer.atBoundary()).isFalse();
  }

  @Test
  void refusesWhatIsCompressedOrTooLarge() {
    assertThat(new GrpcDeframer(9).read(Unpooled.wrappedBuffer(new byte[] {1, 0, 0, 0, 1, 'x'})))
        .isEqualTo(Result.COMPRESSED);
    assertThat(new GrpcDeframer(1).read(Unpooled.wrappedBuffer(STREAM)))
        .isEqualTo(Result.TOO_LARGE);
    assertThat(new GrpcDeframer(9).read(Unpooled.wrappedBuffer(new byte[] {0, -1, -1, -1, -1})))
        .isEqualTo(Result.TOO_LARGE);
  }

  private static Result read(GrpcDeframer deframer, List<String> messages, int from, int length) {
    var bytes = Unpooled.wrappedBuffer(STREAM, from, length);
    while (true) {
      var result = deframer.read(bytes);
      if (result != Result.MESSAGE) {
        return result;
      }
      messages.add(new String(deframer.message(), StandardCharsets.US_ASCII));
    }
  }
}

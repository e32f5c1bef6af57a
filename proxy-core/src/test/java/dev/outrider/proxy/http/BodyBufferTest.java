package dev.outrider.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BodyBufferTest {
  private final List<ByteBuf> made = new ArrayList<>();
  private final BodyBuffer body = new BodyBuffer(10);

  @AfterEach
  void everyChunkIsReleased() {
    body.close();
    assertThat(made).allSatisfy(chunk -> assertThat(chunk.refCnt()).isZero());
  }

  @Test
  void readsAcrossChunks() {
    body.append(chunk("abc"));
    body.append(chunk(""));
    body.append(chunk("defg"));

    var target = new byte[5];
    body.getBytes(2, 4, target, 1);

    assertThat(target).containsExactly(0, 'c', 'd', 'e', 'f');
    assertThat(body.length()).isEqualTo(7);
  }

  @Test
  void refusesRangesOutside() {
    body.append(chunk("abc"));

    assertThatThrownBy(() -> body.getBytes(1, 3, new byte[9], 0))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> body.getBytes(-1, 1, new byte[9], 0))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> body.replace(4, 0, new byte[0], 0, 0))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> body.getBytes(1, Integer.MAX_VALUE, new byte[9], 0))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void knowsItsLimit() {
    body.append(chunk("0123456789"));
    assertThat(body.overLimit()).isFalse();

    body.append(chunk("x"));
    assertThat(body.overLimit()).isTrue();
  }

  @Test
  void sharesItsBytesWithAnIndependentReader() {
    body.append(chunk("abc"));
    body.append(chunk("def"));

    var shared = body.share();
    body.replace(1, 4, bytes("XY"), 0, 2);
    var first = body.poll();

    assertThat(text(shared)).isEqualTo("abcdef");
    Objects.requireNonNull(first).release();
    assertThat(text(body)).isEqualTo("XYf");
    shared.close();
  }

  @Test
  void keepsReadersApartWhateverEachOfThemDoes() {
    body.append(chunk("abc"));
    body.append(chunk("def")); // copied behind, into a chunk with room
    var first = body.share();
    var second = body.share();

    body.append(chunk("ghi"));
    first.append(chunk("XY"));
    second.replace(0, 4, bytes("-"), 0, 1);

    assertThat(text(body)).isEqualTo("abcdefghi");
    assertThat(text(first)).isEqualTo("abcdefXY");
    assertThat(text(second)).isEqualTo("-ef");
    body.close();
    assertThat(text(first)).isEqualTo("abcdefXY");
    first.close();
    first.close();
    assertThat(text(second)).isEqualTo("-ef");
    second.close();
  }

  @Test
  void equalsStringsWhenSharedUnderRandomEdits() {
    for (var seed = 0; seed < 200; seed++) {
      var random = new Random(seed);
      var buffers = new ArrayList<>(List.of(new BodyBuffer(10)));
      var references = new ArrayList<>(List.of(new StringBuilder()));
      for (var step = 0; step < 60; step++) {
        var chosen = random.nextInt(buffers.size());
        if (buffers.size() < 5 && random.nextInt(8) == 0) {
          buffers.add(buffers.get(chosen).share());
          references.add(new StringBuilder(references.get(chosen)));
        } else {
          edit(random, buffers.get(chosen), references.get(chosen));
        }
        for (var i = 0; i < buffers.size(); i++) {
          assertThat(text(buffers.get(i)))
              .as("seed %d, step %d, reader %d", seed, step, i)
              .isEqualTo(references.get(i).toString());
        }
      }
      buffers.forEach(BodyBuffer::close);
    }
  }

  @Test
  void doesNotKeepABufferForEachByte() {
    var allocator = new PooledByteBufAllocator(true);
    for (var i = 0; i < 10_000; i++) {
      body.append(allocator.directBuffer(2048).writeByte('x'));
    }

    assertThat(body.length()).isEqualTo(10_000);
    assertThat(allocator.pinnedDirectMemory()).isLessThan(8 * 10_000);
    body.close();
    assertThat(allocator.pinnedDirectMemory()).isZero();
  }

  @Test
  void drainsInOrderWithOneEnd() {
    body.append(chunk("ab"));
    body.append(chunk("c".repeat(600)));
    var sink = new RecordingSink();

    body.drain(sink, true);
    body.drain(sink, false);

    assertThat(sink.events()).containsExactly("body ab", "body " + "c".repeat(600) + " end");
    assertThat(body.isEmpty()).isTrue();
  }

  @Test
  void letsGoOfABufferThatWasHardlyFilled() {
    var read = made(PooledByteBufAllocator.DEFAULT.directBuffer(64 << 10).writeZero(1_000));
    body.append(chunk("a"));

    body.append(read.readRetainedSlice(600));
    read.release();

    assertThat(read.refCnt()).isZero();
    assertThat(body.length()).isEqualTo(601);
  }

  @Test
  void keepsABufferThatWasFilled() {
    var read = made(PooledByteBufAllocator.DEFAULT.directBuffer(1_024).writeZero(1_000));
    body.append(chunk("a"));

    body.append(read.readRetainedSlice(600));
    read.release();

    assertThat(read.refCnt()).isEqualTo(1);
  }

  @Test
  void drainsAnEmptyEnd() {
    var sink = new RecordingSink();

    body.drain(sink, false);
    body.drain(sink, true);

    assertThat(sink.events()).containsExactly("body  end");
  }

  @Test
  void equalsAStringUnderRandomEdits() {
    for (var seed = 0; seed < 500; seed++) {
      var random = new Random(seed);
      var reference = new StringBuilder();
      body.close();
      for (var step = 0; step < 40; step++) {
        edit(random, body, reference);
        assertThat(text(body)).as("seed %d, step %d", seed, step).isEqualTo(reference.toString());
        assertThat(body.length()).isEqualTo(reference.length());
      }
    }
  }

  private void edit(Random random, BodyBuffer body, StringBuilder reference) {
    var added = "abcdefgh".substring(random.nextInt(9));
    if (random.nextInt(3) == 0) {
      body.append(chunk(added));
      reference.append(added);
    } else if (random.nextInt(4) == 0 && !body.isEmpty()) {
      var first = body.poll();
      reference.delete(0, first == null ? 0 : first.readableBytes());
      if (first != null) {
        first.release();
      }
    } else {
      var start = random.nextInt(reference.length() + 1);
      var removed = random.nextInt(reference.length() - start + 1);
      body.replace(start, removed, chunk(added));
      reference.replace(start, start + removed, added);
    }
  }

  private ByteBuf chunk(String text) {
    var chunk = Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    made.add(chunk);
    return chunk;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static String text(BodyBuffer body) {
    var all = new byte[body.length()];
    body.getBytes(0, all.length, all, 0);
    return new String(all, StandardCharsets.US_ASCII);
  }

  private ByteBuf made(ByteBuf chunk) {
    made.add(chunk);
    return chunk;
  }
}

package dev.outrider.proxywasm.shared;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.host.WasmResult;
import dev.outrider.proxywasm.testkit.ScriptedPlugin;
import org.junit.jupiter.api.Test;

class InProcessSharedQueuesTest {
  private static final byte[] NAME = "q".getBytes(UTF_8);

  private final InProcessSharedQueues queues = new InProcessSharedQueues();

  @Test
  void tellsTheLastSubscriberOnly() {
    var first = new ScriptedPlugin();
    var second = new ScriptedPlugin();
    try (var space = queues.open("a", 1_000)) {
      int token = space.register(NAME, 0, 1, first);
      int again = space.register(NAME, 0, 1, second);
      assertThat(again).isEqualTo(token).isEqualTo(1);

      assertThat(space.enqueue(token, NAME, 0, 1)).isEqualTo(WasmResult.OK);

      assertThat(first.queuesReady()).isEmpty();
      assertThat(second.queuesReady()).containsExactly(token);
    }
  }

  @Test
  void keepsTheItemsOfADeafSubscriber() {
    var subscriber = new ScriptedPlugin();
    try (var space = queues.open("a", 1_000)) {
      int token = space.register(NAME, 0, 1, subscriber);
      space.unsubscribe(subscriber);

      assertThat(space.enqueue(token, NAME, 0, 1)).isEqualTo(WasmResult.OK);

      assertThat(subscriber.queuesReady()).isEmpty();
      assertThat(space.dequeue(token, (_, _, _) -> {})).isEqualTo(WasmResult.OK);
    }
  }

  @Test
  void refusesMoreBytesThanTheIdMayHoldInAllItsQueues() {
    try (var space = queues.open("a", 300)) {
      int one = space.register(NAME, 0, 1, new ScriptedPlugin());
      int two = space.register("w".getBytes(UTF_8), 0, 1, new ScriptedPlugin());
      assertThat(space.register("no".getBytes(UTF_8), 0, 2, new ScriptedPlugin()))
          .as("a third: 128 bytes each, and the name")
          .isZero();

      assertThat(space.enqueue(one, new byte[27], 0, 27)).isEqualTo(WasmResult.INTERNAL_FAILURE);
      assertThat(space.enqueue(one, new byte[26], 0, 26))
          .as("300 - 2 x 129 - 16")
          .isEqualTo(WasmResult.OK);
      assertThat(space.enqueue(two, NAME, 0, 0)).isEqualTo(WasmResult.INTERNAL_FAILURE);
      assertThat(space.dequeue(one, (_, _, _) -> {})).isEqualTo(WasmResult.OK);
      assertThat(space.enqueue(two, NAME, 0, 0)).as("room again").isEqualTo(WasmResult.OK);
    }
  }

  @Test
  void findsAQueueUntilItsLastUserHasGone() {
    try (var reader = queues.open("b", 1_000)) {
      int token;
      try (var owner = queues.open("a", 1_000)) {
        token = owner.register(NAME, 0, 1, new ScriptedPlugin());
        assertThat(reader.resolve("a", NAME, 0, 1)).isEqualTo(token);
      }

      assertThat(reader.resolve("a", NAME, 0, 1)).isZero();
      assertThat(reader.enqueue(token, NAME, 0, 1)).isEqualTo(WasmResult.NOT_FOUND);
    }
  }
}

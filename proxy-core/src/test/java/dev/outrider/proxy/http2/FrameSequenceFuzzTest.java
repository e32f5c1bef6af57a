package dev.outrider.proxy.http2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.http.Http2Options;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Sequences of frames, right ones and wrong ones, fed in any split to a server that does anything:
/// no exception, no leak, windows kept on both sides, every stream told in order and once, and the
/// connection either fine or ended by a GOAWAY that is the last frame.
///
/// More of them: `-Doutrider.fuzz.rounds=1000000 -Doutrider.fuzz.from=1500`.
class FrameSequenceFuzzTest {
  private static final long ROUNDS = Long.getLong("outrider.fuzz.rounds", 1_500);
  private static final long FROM = Long.getLong("outrider.fuzz.from", 0);
  private static final int STREAM_WINDOW = 70_000;
  private static final int CONNECTION_WINDOW = 100_000;
  private static final Http2Options OPTIONS =
      new Http2Options(
          4096,
          20,
          STREAM_WINDOW,
          CONNECTION_WINDOW,
          10_000,
          1_000,
          1,
          100,
          10,
          64 << 10,
          false,
          false,
          Http2Options.Keepalive.OFF);

  @Test
  void survivesAnySequenceOfFrames() {
    var served = 0L;
    var ended = 0L;
    for (var seed = FROM; seed < FROM + ROUNDS; seed++) {
      try {
        var run = new Run(seed, true);
        run.run();
        served += run.server.served;
        ended += run.server.failed ? 1 : 0;
      } catch (AssertionError | RuntimeException failure) {
        throw new AssertionError("seed " + seed + ": " + failure.getMessage(), failure);
      }
    }
    assertThat(served).as("streams served").isGreaterThan(ROUNDS);
    assertThat(ended).as("connections ended").isBetween(ROUNDS / 4, ROUNDS - ROUNDS / 10);
  }

  @Test
  void keepsAConnectionWhosePeerKeepsTheRules() {
    var complete = 0L;
    for (var seed = FROM; seed < FROM + ROUNDS; seed++) {
      try {
        var run = new Run(seed, false);
        run.run();
        complete += run.server.complete;
      } catch (AssertionError | RuntimeException failure) {
        throw new AssertionError("seed " + seed + ": " + failure.getMessage(), failure);
      }
    }
    assertThat(complete).as("exchanges completed").isGreaterThan(ROUNDS);
  }

  /// One connection.
  private static final class Run {
    private final SplittableRandom random;
    private final boolean breakRules;
    private final FrameBytes out = new FrameBytes();
    private final PeerView view = new PeerView();
    private final RandomServer server;
    private final List<Asked> open = new ArrayList<>();
    private long sent;
    private int nextId = 1;
    private int settings;

    Run(long seed, boolean breakRules) {
      random = new SplittableRandom(seed);
      this.breakRules = breakRules;
      server = new RandomServer(random.split(), OPTIONS, view);
    }

    void run() {
      out.preface().settings();
      settings++;
      send();
      for (var frames = 5 + random.nextInt(60); frames > 0; frames--) {
        if (breakRules && random.nextInt(25) == 0) {
          wrong();
        } else {
          right();
        }
        if (random.nextInt(3) > 0) {
          send();
        }
        if (random.nextInt(2) == 0) {
          server.act();
        }
      }
      send();
      if (!breakRules) {
        finish();
      }
      server.closeAndCheck();
    }

    /// Ends every request and reads every answer: then the connection is as good as new.
    private void finish() {
      for (var asked : List.copyOf(open)) {
        out.frame(FrameBytes.DATA, FrameBytes.END_STREAM, asked.id);
      }
      open.clear();
      send();
      server.finishAll();
      out.windowUpdate(0, 1 << 28);
      view.update(0, 1 << 28);
      windows(1 << 28);
      server.finishAll();
      if (!server.failed) {
        assertThat(server.active()).as("streams").isZero();
        assertThat(view.settingsAcks).as("SETTINGS acknowledged").isEqualTo(settings);
        var left = 65_535 + view.credit.getOrDefault(0, 0L) - sent;
        assertThat(left).as("window of the connection").isGreaterThan(CONNECTION_WINDOW / 2 - 1);
        assertThat(left).isLessThanOrEqualTo(CONNECTION_WINDOW);
      }
    }

    private void right() {
      switch (random.nextInt(14)) {
        case 0, 1, 2 -> request();
        case 3, 4, 5, 6 -> data();
        case 7 -> {
          if (!open.isEmpty()) {
            var asked = open.remove(random.nextInt(open.size()));
            out.reset(asked.id, random.nextInt(14));
          }
        }
        case 8 -> {
          if (!open.isEmpty()) {
            var asked = open.remove(random.nextInt(open.size()));
            out.head(asked.id, true, FrameBytes.block("x-trailer", "1"), 1);
          }
        }
        case 9 -> out.frame(FrameBytes.PING, 0, 0, new byte[8]);
        case 10 -> windows(random.nextInt(100_000));
        case 11 -> {
          var increment = 1 + random.nextInt(20_000);
          out.windowUpdate(0, increment);
          view.update(0, increment);
        }
        case 12 -> {
          if (!open.isEmpty()) {
            var id = open.get(random.nextInt(open.size())).id;
            var increment = 1 + random.nextInt(20_000);
            out.windowUpdate(id, increment);
            view.update(id, increment);
          }
        }
        default -> out.frame(0xbe, random.nextInt(256), random.nextInt(9), new byte[3]);
      }
    }

    /// A peer that takes less counts on it when the proxy knows, one that takes more at once.
    private void windows(int size) {
      settings++;
      out.settings(4, size);
      if (size > view.initialWindow()) {
        view.initialWindow(size);
      }
      send();
      view.initialWindow(size);
    }

    private void request() {
      var id = nextId;
      nextId += 2;
      var end = random.nextInt(3) == 0;
      var block =
          FrameBytes.block(
              ":method",
              end ? "GET" : "POST",
              ":scheme",
              "http",
              ":path",
              "/" + id,
              ":authority",
              "sim",
              "x-filler",
              "v".repeat(random.nextInt(200)));
      view.opened(id);
      out.head(id, end, block, 1 + random.nextInt(3));
      if (!end) {
        open.add(new Asked(id));
      }
    }

    private void data() {
      if (open.isEmpty()) {
        return;
      }
      var asked = open.get(random.nextInt(open.size()));
      var size = random.nextInt(random.nextInt(4) == 0 ? 16_384 : 200);
      var window = 65_535 + view.credit.getOrDefault(0, 0L) - sent;
      var own = STREAM_WINDOW + view.credit.getOrDefault(asked.id, 0L) - asked.sent;
      if (size > Math.min(window, own)) {
        return;
      }
      var end = random.nextInt(4) == 0;
      if (size == 0 && !end) {
        return;
      }
      asked.sent += size;
      sent += size;
      out.frame(FrameBytes.DATA, end ? FrameBytes.END_STREAM : 0, asked.id, new byte[size]);
      if (end) {
        open.remove(asked);
      }
    }

    private void wrong() {
      var id = random.nextInt(Math.max(2, nextId + 4));
      switch (random.nextInt(14)) {
        case 0 -> out.frame(random.nextInt(11), random.nextInt(256), id, noise(40));
        case 1 -> out.raw(noise(30));
        case 2 -> out.head(id, random.nextBoolean(), noise(60), 1 + random.nextInt(2));
        case 3 -> out.windowUpdate(id, random.nextBoolean() ? 0 : Integer.MAX_VALUE);
        case 4 -> out.frame(FrameBytes.DATA, random.nextInt(2), id, noise(30));
        case 5 -> out.frame(FrameBytes.CONTINUATION, FrameBytes.END_HEADERS, id, noise(5));
        case 6 -> out.settings(4, -1);
        case 7 -> out.settings(5, random.nextInt(1 << 25));
        case 8 -> out.goAway(random.nextInt(), random.nextInt(20));
        case 9 -> out.head(nextId, true, FrameBytes.block(":method", "GET", "UPPER", "x"), 1);
        case 10 -> out.head(nextId, true, FrameBytes.block("a", "b", ":path", "/"), 1);
        case 11 -> out.frame(FrameBytes.DATA, 8, id, (byte) 200, (byte) 1);
        case 12 -> out.frame(FrameBytes.PRIORITY, 0, id, noise(6));
        default -> out.reset(id, random.nextInt(20));
      }
      nextId += 2 * random.nextInt(3);
      for (var opened = 1; opened <= nextId + 4; opened += 2) {
        view.opened(opened); // nobody knows what the proxy took that for
      }
      view.initialWindow(Integer.MAX_VALUE);
      view.update(0, Integer.MAX_VALUE);
    }

    private byte[] noise(int most) {
      var bytes = new byte[random.nextInt(most + 1)];
      random.nextBytes(bytes);
      return bytes;
    }

    private void send() {
      var bytes = out.take();
      for (var from = 0; from < bytes.length; ) {
        var size = random.nextInt(4) == 0 ? 1 + random.nextInt(12) : bytes.length;
        var to = Math.min(bytes.length, from + size);
        server.receive(Arrays.copyOfRange(bytes, from, to));
        from = to;
      }
    }
  }

  private static final class Asked {
    private final int id;
    private long sent;

    Asked(int id) {
      this.id = id;
    }
  }
}

package dev.outrider.proxy.http2;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// What a client sees of a server: reads the frames that the proxy wrote and checks what any peer
/// may count on - sizes, windows, who may still be spoken to, nothing after the last GOAWAY.
final class PeerView {
  private static final int MAX_FRAME = 16_384;

  private final ByteArrayOutputStream pending = new ByteArrayOutputStream();

  /// By stream, what the proxy may still send; 0 is the connection.
  private final Map<Integer, Long> windows = new HashMap<>();

  private long initialWindow = 65_535;
  private int highest;
  private boolean over;
  int pings;
  int settingsAcks;

  /// What the proxy has allowed by WINDOW_UPDATE, by stream.
  final Map<Integer, Long> credit = new HashMap<>();

  PeerView() {
    windows.put(0, initialWindow);
  }

  void initialWindow(long newWindow) {
    windows.replaceAll((id, now) -> id == 0 ? now : now + newWindow - initialWindow);
    initialWindow = newWindow;
  }

  long initialWindow() {
    return initialWindow;
  }

  void opened(int id) {
    highest = Math.max(highest, id);
    windows.putIfAbsent(id, initialWindow);
  }

  void update(int id, long increment) {
    windows.computeIfPresent(id, (_, now) -> now + increment);
  }

  boolean over() {
    return over;
  }

  void read(byte[] bytes) {
    pending.writeBytes(bytes);
    var all = pending.toByteArray();
    var at = 0;
    while (all.length - at >= 9) {
      var length = ((all[at] & 255) << 16) | ((all[at + 1] & 255) << 8) | (all[at + 2] & 255);
      assertThat(length).as("length of a frame").isLessThanOrEqualTo(MAX_FRAME);
      if (all.length - at < 9 + length) {
        break;
      }
      frame(all[at + 3], number(all, at + 5), Arrays.copyOfRange(all, at + 9, at + 9 + length));
      at += 9 + length;
    }
    pending.reset();
    pending.write(all, at, all.length - at);
  }

  private void frame(int type, int stream, byte[] payload) {
    assertThat(over).as("a frame of type %s after the last GOAWAY", type).isFalse();
    assertThat(stream).as("a frame of type %s", type).isBetween(0, highest);
    switch (type) {
      case FrameBytes.DATA -> {
        take(0, payload.length);
        take(stream, payload.length);
      }
      case FrameBytes.WINDOW_UPDATE -> {
        assertThat(number(payload, 0)).as("increment").isPositive();
        credit.merge(stream, (long) number(payload, 0), Long::sum);
      }
      case FrameBytes.GOAWAY -> over = number(payload, 4) != 0;
      case FrameBytes.PING -> pings++;
      case FrameBytes.SETTINGS -> settingsAcks += payload.length == 0 ? 1 : 0;
      default -> {}
    }
  }

  private void take(int id, int bytes) {
    var left = windows.getOrDefault(id, 0L) - bytes;
    assertThat(left >= 0 || bytes == 0)
        .as("DATA within the window of stream %s: %s", id, left)
        .isTrue();
    windows.put(id, left);
  }

  private static int number(byte[] bytes, int at) {
    return ((bytes[at] & 127) << 24)
        | ((bytes[at + 1] & 255) << 16)
        | ((bytes[at + 2] & 255) << 8)
        | (bytes[at + 3] & 255);
  }
}

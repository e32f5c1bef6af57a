package dev.outrider.proxy.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.http2.FrameBytes;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Who slows whom down over HTTP/2: a stream holds what it belongs to, and no other stream.
class Http2FlowControlTest {
  private static final String OK = "HTTP/1.1 200 OK\ncontent-length: 2\n\nok";
  private static final int WINDOW = 65_535;
  private static final String K16 = "x".repeat(16_384);

  private final MemoryProxy proxy = new MemoryProxy();
  private final Http2Peer client = Http2Peer.connected(proxy);

  @AfterEach
  void nothingIsLeftOver() {
    proxy.close();
  }

  @Test
  void aClientThatGivesAStreamNoCreditHoldsItsUpstreamAndNoOther() {
    credit(0, 1 << 20);
    client.get(1);
    client.get(3);
    var slow = proxy.upstreams.get(0);
    var other = proxy.upstreams.get(1);

    slow.send("HTTP/1.1 200 OK\ncontent-length: 999999\n\n");
    for (var i = 0; i < 5; i++) {
      slow.send(K16); // 16,385 bytes more than the window: more than the buffer limit of 1,000
    }
    assertThat(sum(client.received(), 1)).isEqualTo(WINDOW);
    assertThat(reads(slow)).isTrue();
    slow.send(K16);
    assertThat(reads(slow)).isFalse();

    other.send(OK);
    assertThat(client.received()).containsExactly("HEADERS 3 200", "DATA 3 ok end");

    credit(1, WINDOW);
    assertThat(sum(client.received(), 1)).isEqualTo(6 * 16_384 - WINDOW);
    assertThat(reads(slow)).isTrue();
  }

  @Test
  void anUpstreamThatTakesNothingHoldsBackItsClientsCreditAndNoOthers() {
    client.post(1);
    client.post(3);
    proxy.upstreams.get(0).writable(false);
    client.all();

    // Credit comes when half a window has been taken: 8 MiB of Envoy's 16.
    sendMegabytes(1, 9);
    assertThat(client.all()).noneMatch(line -> line.startsWith("WINDOW"));
    sendMegabytes(3, 9);
    assertThat(client.all()).anyMatch(line -> line.startsWith("WINDOW 3 "));

    proxy.upstreams.get(0).writable(true);
    assertThat(client.all()).anyMatch(line -> line.startsWith("WINDOW 1 "));
    assertThat(proxy.upstreams.get(0).received()).contains(K16);
    client.close();
  }

  @Test
  void whatAResetDropsIsCreditedToTheConnectionAtOnce() {
    client.post(1);
    proxy.upstreams.get(0).writable(false);
    sendMegabytes(1, 13); // more than half of the connection's window of 24 MiB
    assertThat(client.all()).noneMatch(line -> line.startsWith("WINDOW"));

    client.send(client.frames().reset(1, 8));

    assertThat(client.all()).anyMatch(line -> line.startsWith("WINDOW 0 +"));
    assertThat(proxy.log).hasSize(1);
  }

  private void credit(int stream, int bytes) {
    var payload = ByteBuffer.allocate(4).putInt(bytes).array();
    client.send(client.frames().frame(FrameBytes.WINDOW_UPDATE, 0, stream, payload));
  }

  private void sendMegabytes(int stream, int megabytes) {
    for (var i = 0; i < megabytes * 64; i++) {
      client.data(stream, K16, false);
    }
  }

  /// Of the DATA frames of one stream; long ones are described as their length.
  private static int sum(List<String> frames, int stream) {
    var prefix = "DATA " + stream + " ";
    return frames.stream()
        .filter(line -> line.startsWith(prefix))
        .map(line -> line.substring(prefix.length()))
        .mapToInt(
            data ->
                data.startsWith("(")
                    ? Integer.parseInt(data.substring(1, data.indexOf(')')))
                    : data.length())
        .sum();
  }

  private static boolean reads(MemoryProxy.Peer peer) {
    return peer.channel.config().isAutoRead();
  }
}

package dev.outrider.proxy.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.config.HttpTimeouts;
import dev.outrider.proxy.routing.RouteAction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Clients that say a byte now and then, so as never to be silent: every time limit that is meant
/// for a whole must not begin again with each part of it.
class SlowlorisTest {
  private static final int PAUSE = 400;
  private static final String POST = "POST / HTTP/1.1\nhost: h\ncontent-length: 100\n\n";

  private final MemoryProxy proxy = new MemoryProxy();

  @AfterEach
  void nothingIsLeftOver() {
    proxy.close();
  }

  @Test
  void aHeadInDripsEndsWithTheTimeForHeads() {
    proxy.timeouts = new HttpTimeouts(0, 1_000, 0, 0, 0, 0);
    var client = proxy.configured().client().send("GET / HT");

    drip(client, "TP/1.1\nx-a: b", 2);
    assertThat(client.received()).isEmpty();
    drip(client, "cd", 1);

    assertThat(client.received()).startsWith("HTTP/1.1 408").endsWith("request header timeout");
    assertThat(client.open()).isFalse();
    assertThat(proxy.stat("http.test.downstream_rq_header_timeout")).isEqualTo(1);
  }

  @Test
  void aBodyInDripsEndsWithTheTimeForRequests() {
    proxy.timeouts = new HttpTimeouts(1_000, 0, 2_000, 0, 0, 0);
    var client = proxy.configured().client().send(POST);

    drip(client, "abcd", 4);
    assertThat(client.received()).isEmpty();
    drip(client, "ef", 2);

    assertThat(client.received()).startsWith("HTTP/1.1 408").endsWith("request timeout");
    assertThat(client.open()).isFalse();
    assertThat(proxy.stat("http.test.downstream_rq_timeout")).isEqualTo(1);
  }

  /// It is for silence: who drips is for [#aBodyInDripsEndsWithTheTimeForRequests].
  @Test
  void aBodyInDripsIsNotIdle() {
    proxy.timeouts = new HttpTimeouts(1_000, 0, 0, 0, 0, 0);
    var client = proxy.configured().client().send(POST);

    drip(client, "abcdefgh", 8);
    assertThat(client.received()).isEmpty();
    proxy.advance(1_100);

    assertThat(client.received()).startsWith("HTTP/1.1 408").endsWith("stream timeout");
  }

  @Test
  void aStreamInDripsEndsWithItsLongestDuration() {
    proxy.timeouts = new HttpTimeouts(1_000, 0, 0, 0, 2_000, 0);
    var client = proxy.configured().client().send(POST);

    drip(client, "abcdef", 6);

    assertThat(client.received()).startsWith("HTTP/1.1 408");
    assertThat(proxy.log).containsExactly("408 - max_duration_timeout");
  }

  /// Nothing has come of it that would count for a stream.
  @Test
  void aHeadInDripsIsIdle() {
    proxy.timeouts = new HttpTimeouts(1_000, 0, 0, 0, 0, 0);
    var client = proxy.configured().client().send("GET / HT");

    drip(client, "TP/", 3);

    assertThat(client.received()).startsWith("HTTP/1.1 408").endsWith("stream timeout");
    assertThat(client.open()).isFalse();
  }

  @Test
  void theRestOfARequestInDripsDoesNotDelayTheCloseForEver() {
    proxy.timeouts = new HttpTimeouts(0, 0, 0, 0, 0, 1_000);
    proxy.action = new RouteAction.DirectResponse(403, "");
    var client = proxy.configured().client().send(POST);
    assertThat(client.received()).startsWith("HTTP/1.1 403");

    drip(client, "abc", 3);

    assertThat(client.open()).isFalse();
    assertThat(proxy.stat("http.test.downstream_cx_delayed_close_timeout")).isEqualTo(1);
  }

  /// A pause, then a byte, as often as asked and as long as there is a connection.
  private void drip(MemoryProxy.Peer client, String bytes, int times) {
    for (var i = 0; i < times; i++) {
      proxy.advance(PAUSE);
      if (client.open()) {
        client.send(bytes.substring(i, i + 1));
      }
    }
  }
}

package dev.outrider.proxy.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.config.RequestOptions;
import dev.outrider.proxy.http.Http2Options.Keepalive;
import dev.outrider.proxy.http.UnderscoreNames;
import dev.outrider.proxy.http2.FrameBytes;
import dev.outrider.proxy.leaks.LeakCheck;
import dev.outrider.proxy.routing.PathMatcher;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.UpgradeRules;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// CONNECT that ends at the proxy: bytes without HTTP on the other side.
@ExtendWith(LeakCheck.class)
final class ConnectTest {
  private static final String CONNECT = "CONNECT a.b:443 HTTP/1.1\nhost: a.b:443\n\n";

  private final MemoryProxy proxy = new MemoryProxy();

  @BeforeEach
  void endConnectHere() {
    var rules = new UpgradeRules(Map.of("connect", true), true);
    var plain = RouteAction.Forward.to("svc");
    proxy.path = new PathMatcher.Connect();
    proxy.action = RouteAction.Forward.builder(plain.cluster()).upgrades(rules).build();
    proxy.requests = new RequestOptions(UpgradeRules.NONE, false, UnderscoreNames.ALLOW);
    proxy.http2 = Http2Peer.options(100, true, false, Keepalive.OFF);
    proxy.configured();
  }

  @AfterEach
  void nothingIsLeftOver() {
    proxy.close();
  }

  @Test
  void theServiceSeesTheBytesAndTheClientA200() {
    var client = proxy.client().send(CONNECT + "early");

    assertThat(client.received())
        .startsWith("HTTP/1.1 200 OK\n")
        .doesNotContain("transfer-encoding", "content-length", "connection")
        .endsWith("\n\n");
    assertThat(proxy.upstream().received()).isEqualTo("early");
    client.send("hello");
    proxy.upstream().send("world");
    assertThat(proxy.upstream().received()).isEqualTo("hello");
    assertThat(client.received()).isEqualTo("world");
    client.close();
    assertThat(proxy.upstream().open()).isFalse();
    assertThat(proxy.log).containsExactly("200 DC downstream_remote_disconnect");
  }

  @Test
  void nothingIsReadUntilTheServiceIsThere() {
    proxy.connectsLater = true;
    var client = proxy.client().send(CONNECT).send("one").send("two");
    assertThat(client.received()).isEmpty();
    assertThat(client.channel.config().isAutoRead()).isFalse();

    proxy.connectNow();

    assertThat(client.received()).startsWith("HTTP/1.1 200 OK\n");
    assertThat(proxy.upstream().received()).isEqualTo("onetwo");
    assertThat(client.channel.config().isAutoRead()).isTrue();
  }

  @Test
  void aClientThatDoesNotReadHoldsBackAServiceThatIsNotThereYet() {
    proxy.connectsLater = true;
    var client = proxy.client().send(CONNECT);
    client.writable(false);

    proxy.connectNow();

    assertThat(proxy.upstream().channel.config().isAutoRead()).isFalse();
    client.writable(true);
    assertThat(proxy.upstream().channel.config().isAutoRead()).isTrue();
  }

  @Test
  void eachEndHoldsBackTheOther() {
    var client = proxy.client().send(CONNECT);
    var upstream = proxy.upstream();
    client.received();

    client.writable(false);
    assertThat(upstream.channel.config().isAutoRead()).isFalse();
    client.writable(true);
    assertThat(upstream.channel.config().isAutoRead()).isTrue();

    upstream.writable(false);
    client.send("123").send("456");
    assertThat(client.channel.config().isAutoRead()).isFalse();
    upstream.writable(true);
    assertThat(upstream.received()).isEqualTo("123456");
  }

  @Test
  void aServiceThatCannotBeReachedIsA503() {
    proxy.connects = false;

    var client = proxy.client().send(CONNECT);

    assertThat(client.received()).startsWith("HTTP/1.1 503").contains("remote connection failure");
    assertThat(proxy.log).singleElement().asString().startsWith("503 UF upstream_reset_before");
  }

  @Test
  void theClientOfHttp2EndsItsDirectionFirst() {
    var client = Http2Peer.connected(proxy);
    var block = FrameBytes.block(":method", "CONNECT", ":authority", "a.b:443");
    client.send(client.frames().head(1, false, block, 1));
    client.data(1, "bye", true);
    assertThat(proxy.upstream().received()).isEqualTo("bye");
    assertThat(proxy.log).isEmpty();

    proxy.upstream().send("good bye");
    proxy.upstream().channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);

    assertThat(proxy.upstream().open()).isFalse();
    assertThat(client.received())
        .containsExactly("HEADERS 1 200", "DATA 1 good bye", "DATA 1  end");
    assertThat(proxy.log).containsExactly("200 - via_upstream");
  }
}

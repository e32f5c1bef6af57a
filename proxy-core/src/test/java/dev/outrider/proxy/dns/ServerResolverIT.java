package dev.outrider.proxy.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.DnsFamily;
import dev.outrider.proxy.cluster.DnsResolverSpec;
import dev.outrider.proxy.cluster.HostPort;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Against a name server on a socket.
class ServerResolverIT {
  private final FakeDnsServer server = new FakeDnsServer();
  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

  @AfterEach
  void close() {
    server.close();
    group.shutdownGracefully();
  }

  private DnsAnswer ask(String name, DnsFamily family) throws Exception {
    return ask(name, family, servers(5_000, 4, server.address()));
  }

  private DnsAnswer ask(String name, DnsFamily family, DnsResolverSpec spec) throws Exception {
    var loop = group.next();
    var answer = new CompletableFuture<DnsAnswer>();
    loop.execute(
        () ->
            new LoopResolvers(
                    () ->
                        new DnsNameResolverBuilder(loop)
                            .datagramChannelType(NioDatagramChannel.class)
                            .socketChannelType(NioSocketChannel.class),
                    loop,
                    Runnable::run)
                .of(spec)
                .resolve(name, family, answer::complete));
    return answer.get(20, TimeUnit.SECONDS);
  }

  private static DnsResolverSpec servers(long timeoutMillis, int tries, HostPort... addresses) {
    return new DnsResolverSpec.Servers(List.of(addresses), false, false, timeoutMillis, tries, 0);
  }

  private static DnsAnswer found(long ttl, String... ips) {
    return new DnsAnswer.Addresses(
        Stream.of(ips).map(ip -> new DnsAnswer.Address(ip, ttl)).toList());
  }

  @Test
  void tellsAddressesAndHowLongTheyHold() throws Exception {
    server.has("a.test", 17, "10.0.0.1", "10.0.0.2", "fd00::1");

    assertThat(ask("a.test", DnsFamily.V4_ONLY)).isEqualTo(found(17, "10.0.0.1", "10.0.0.2"));
    assertThat(ask("a.test", DnsFamily.AUTO)).isEqualTo(found(17, "fd00:0:0:0:0:0:0:1"));
    assertThat(server.questions()).containsExactly("A a.test", "AAAA a.test");
  }

  @Test
  void takesANameWithoutAddressesForAnEmptyAnswer() throws Exception {
    server.has("none.test", 17);

    assertThat(ask("none.test", DnsFamily.ALL)).isEqualTo(DnsAnswer.EMPTY);
    assertThat(ask("unknown.test", DnsFamily.V4_ONLY)).isEqualTo(DnsAnswer.EMPTY);
  }

  @Test
  void takesAnErrorOfTheServerForNone() throws Exception {
    server.fails("broken.test");
    server.refuses("secret.test");

    assertThat(ask("broken.test", DnsFamily.V4_ONLY)).isInstanceOf(DnsAnswer.Failed.class);
    assertThat(ask("secret.test", DnsFamily.V4_ONLY)).isInstanceOf(DnsAnswer.Failed.class);
  }

  @Test
  void asksASilentServerSeveralTimes() throws Exception {
    server.silent(true);

    var answer = ask("a.test", DnsFamily.V4_ONLY, servers(100, 3, server.address()));

    assertThat(answer).isInstanceOf(DnsAnswer.Failed.class);
    assertThat(server.questions()).containsExactly("A a.test", "A a.test", "A a.test");
  }

  @Test
  void goesOnToTheNextServer() throws Exception {
    server.silent(true);
    try (var second = new FakeDnsServer().has("a.test", 1, "10.0.0.1")) {
      var answer =
          ask("a.test", DnsFamily.V4_ONLY, servers(100, 1, server.address(), second.address()));

      assertThat(answer).isEqualTo(found(1, "10.0.0.1"));
    }
  }

  @Test
  void needsNobodyForAnAddress() throws Exception {
    assertThat(ask("10.0.0.1", DnsFamily.AUTO)).isEqualTo(found(0, "10.0.0.1"));
    assertThat(ask("::1", DnsFamily.V4_ONLY)).isEqualTo(DnsAnswer.EMPTY);
    assertThat(server.questions()).isEmpty();
  }

  @Test
  void asksTheSystem() throws Exception {
    assertThat(ask("127.0.0.1", DnsFamily.V4_ONLY, new DnsResolverSpec.OfSystem()))
        .isEqualTo(found(60, "127.0.0.1"));
  }
}

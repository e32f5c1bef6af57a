package dev.outrider.proxy.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.Changes;
import dev.outrider.proxy.config.ConfigChange;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.config.ListenerSocket;
import dev.outrider.proxy.routing.RouteAction;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What becomes of sockets that change hands or are refused.
@Timeout(60)
class ListenerSocketsIT {
  @TempDir private Path directory;

  private static ListenerConfig listener(TestProxy proxy, String name, HostPort... places) {
    var like = proxy.listener(0);
    return new ListenerConfig(
        name,
        Stream.of(places).map(ListenerSocket::new).toList(),
        name,
        like.chains(),
        like.filters(),
        like.binding(),
        like.exempt(),
        like.bufferLimitBytes(),
        like.drainType(),
        like.accessLogs(),
        like.origin(),
        like.info());
  }

  private static ApplyReport replace(TestProxy proxy, String gone, ListenerConfig next)
      throws Exception {
    var change =
        new ConfigChange(
            Changes.none(),
            Changes.none(),
            Changes.none(),
            new Changes<>(Map.of(next.name(), next), Set.of(gone)));
    var done = new CompletableFuture<ApplyReport>();
    proxy
        .group()
        .mainLoop()
        .loop()
        .execute(() -> proxy.group().apply(change).thenAccept(done::complete));
    return done.get(10, TimeUnit.SECONDS);
  }

  private static String ask(Path path) throws IOException {
    try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(path));
      channel.write(
          StandardCharsets.US_ASCII.encode(
              "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"));
      var answer = ByteBuffer.allocate(4096);
      while (channel.read(answer) >= 0) {
        assertThat(answer.hasRemaining()).isTrue();
      }
      return StandardCharsets.US_ASCII.decode(answer.flip()).toString();
    }
  }

  @Test
  void aListenerThatIsRenamedKeepsItsPipe() throws Exception {
    for (var transport : Set.of(Transport.best(), Transport.NIO)) {
      var path = directory.resolve(transport + ".sock");
      var pipe = HostPort.pipe(path.toString());
      try (var proxy = new TestProxy(2, transport)) {
        proxy.route("/", new RouteAction.DirectResponse(200, "hi"));
        assertThat(proxy.apply(Map.of("a", listener(proxy, "a", pipe))).failures()).isEmpty();
        assertThat(ask(path)).endsWith("hi");

        var report = replace(proxy, "a", listener(proxy, "b", pipe));

        assertThat(report.failures()).isEmpty();
        assertThat(ask(path)).endsWith("hi");
        assertThat(proxy.stat("listener.b.downstream_cx_total")).isEqualTo(1);
      }
    }
  }

  @Test
  void anAbstractNameIsNoFileWhereTheTransportKnowsNone() throws Exception {
    var name = "@outrider-" + directory.getFileName();
    try (var proxy = new TestProxy(1, Transport.NIO)) {
      var report = proxy.apply(Map.of("main", listener(proxy, "main", HostPort.pipe(name))));

      assertThat(report.failures().toString())
          .contains("cannot bind " + name + ": names that begin with @ need the native transport");
    }
    assertThat(Path.of(name)).doesNotExist();
  }

  /// Clients connect all the time while the first of two addresses is bound and the second is not.
  @Test
  void aVersionThatIsRefusedKeepsNoConnection() throws Exception {
    var taken = Files.writeString(directory.resolve("notes.txt"), "mine");
    var port = freePort();
    try (var proxy = new TestProxy(1);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      proxy.route("/", new RouteAction.DirectResponse(200, "hi"));
      var over = new AtomicBoolean();
      var client = threads.submit(client(port, over));
      var next =
          listener(proxy, "main", new HostPort("127.0.0.1", port), HostPort.pipe(taken.toString()));

      var rounds = 0;
      while (!client.isDone() && rounds < 2_000) {
        rounds++;
        assertThat(proxy.apply(Map.of("main", next)).failures()).isNotEmpty();
      }
      over.set(true);

      assertThat(client.get()).as("a client that was served and then left").isTrue();
    }
  }

  private static int freePort() throws IOException {
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  /// Returns whether a connection was answered and then closed; fails if it stays open.
  private static Callable<Boolean> client(int port, AtomicBoolean over) {
    return () -> {
      while (!over.get()) {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
          if (socket.getLocalPort() == port) {
            continue; // it has found itself
          }
          socket.setSoTimeout(5_000);
          var out = socket.getOutputStream();
          out.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
          var in = socket.getInputStream();
          if (in.read() < 0) {
            continue; // nobody had accepted it
          }
          while (in.read() >= 0) {
            // to its end
          }
          return true;
        } catch (SocketException refused) {
          // nobody there, or closed before it was accepted
        }
      }
      return false;
    };
  }
}

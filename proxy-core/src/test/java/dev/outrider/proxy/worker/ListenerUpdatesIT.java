package dev.outrider.proxy.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.routing.RouteAction;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A listener that is replaced again and again while clients are served. `-Doutrider.updates=1000`
/// for the long version.
@Timeout(120)
class ListenerUpdatesIT {
  private static final int UPDATES = Integer.getInteger("outrider.updates", 100);
  private static final int CLIENTS = 4;

  private final AtomicBoolean over = new AtomicBoolean();

  @Test
  void losesNoRequest() throws Exception {
    try (var proxy = new TestProxy(2);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      proxy.route("/", new RouteAction.DirectResponse(200, "version 0")).start();
      var clients = new ArrayList<Future<Long>>();
      for (var i = 0; i < CLIENTS; i++) {
        clients.add(threads.submit(client(proxy, i % 2 == 0)));
      }

      for (var version = 1; version <= UPDATES; version++) {
        // Another route table and another limit of buffers: new chains, on the old sockets.
        proxy.bufferLimit = ListenerConfig.DEFAULT_BUFFER_LIMIT_BYTES + version % 2;
        var report = proxy.apply(Map.of("main", proxy.listener(proxy.port())));
        assertThat(report.failures()).isEmpty();
      }
      over.set(true);

      var served = 0L;
      for (var client : clients) {
        served += client.get();
      }
      System.out.printf("%d updates, %d requests, none lost%n", UPDATES, served);
      assertThat(served).isGreaterThan(UPDATES / 10);
      assertThat(proxy.stat("http.test.downstream_rq_2xx")).isEqualTo(served);
      assertThat(proxy.stat("listener.main.downstream_cx_destroy")).isPositive();
    }
  }

  /// Returns how many requests were answered: all of them, or it fails.
  private Callable<Long> client(TestProxy proxy, boolean keepsAlive) {
    return () -> {
      var served = 0L;
      while (!over.get()) {
        try (var connection = proxy.client()) {
          boolean stays;
          do {
            var response = connection.get("/").read();
            assertThat(response.code()).isEqualTo(200);
            assertThat(response.body()).isEqualTo("version 0");
            served++;
            stays = keepsAlive && !"close".equals(response.header("connection"));
          } while (stays && !over.get());
        }
      }
      return served;
    };
  }
}

package dev.outrider.proxy.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.filter.HeadStatus;
import dev.outrider.proxy.filter.HttpFilter;
import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.filter.StreamHandle;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.filter.WorkerFilterFactory;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A filter whose configuration comes, changes and goes while requests are served.
class DiscoveredFilterTest {
  private static final String GET = "GET /a HTTP/1.1\nhost: h\n\n";
  private static final String OK = "HTTP/1.1 200 OK\ncontent-length: 2\n\nok";
  private static final HeaderName MARK = HeaderName.of("x-mark");

  private final MemoryProxy proxy = new MemoryProxy();
  private final List<String> told = new ArrayList<>();

  /// Marks responses with a name, and tells what becomes of it.
  private final class Named implements HttpFilterFactory {
    private final String name;

    Named(String name) {
      this.name = name;
    }

    @Override
    public WorkerFilterFactory forWorker(WorkerContext worker) {
      told.add(name + " made");
      return new WorkerFilterFactory() {
        @Override
        public @Nullable HttpFilter create(StreamHandle stream) {
          return new HttpFilter() {
            @Override
            public HeadStatus onResponseHead(HeaderMap head, boolean end) {
              head.set(MARK, name);
              return HeadStatus.CONTINUE;
            }
          };
        }

        @Override
        public void onRetired() {
          told.add(name + " retired");
        }

        @Override
        public void onWanted() {
          told.add(name + " wanted");
        }

        @Override
        public void close() {
          told.add(name + " closed");
        }
      };
    }
  }

  @AfterEach
  void nothingIsLeftOver() {
    proxy.close();
  }

  @Test
  void answersWithoutAConfiguration() { // X26
    proxy.discoveredFilter("f", null).configured();

    var client = proxy.client().send(GET);

    assertThat(client.received())
        .startsWith("HTTP/1.1 500 Internal Server Error\n")
        .endsWith("content-length: 0\n\n");
    assertThat(proxy.log).hasSize(1);
    assertThat(proxy.log.getFirst()).startsWith("500 NFCF");
  }

  @Test
  void streamsThatRunKeepTheFilterThatTheyHave() {
    proxy.discoveredFilter("f", null);
    proxy.discovered.put("f", new Named("one"));
    proxy.configured();
    var client = proxy.client().send(GET);

    proxy.discovered.put("f", new Named("two"));
    proxy.upstream().send(OK);
    assertThat(client.received()).contains("x-mark: one\n");
    client.send(GET);
    proxy.upstream().send(OK);

    assertThat(client.received()).contains("x-mark: two\n");
    assertThat(told).containsExactly("one made", "two made", "one retired", "one closed");
  }

  @Test
  void theDefaultCountsUntilOneComesAndAfterItHasGone() { // X26
    proxy.discoveredFilter("f", new Named("default")).configured();
    var client = proxy.client();

    assertThat(mark(client)).isEqualTo("default");
    proxy.discovered.put("f", new Named("one"));
    assertThat(mark(client)).isEqualTo("one");
    proxy.discovered.remove("f");
    assertThat(mark(client)).isEqualTo("default");
  }

  private String mark(MemoryProxy.Peer client) {
    client.send(GET);
    proxy.upstream().send(OK);
    return client.received().replaceAll("(?s).*x-mark: ([a-z]*)\n.*", "$1");
  }

  @Test
  void oneConfigurationIsSharedByTwoChainsAndEndsWithTheLast() {
    var one = new Named("one");
    proxy.discovered.put("f", one);
    proxy.discoveredFilter("f", null).discoveredFilter("f", null).configured();
    assertThat(told).containsExactly("one made");

    proxy.discovered.put("f", one);
    assertThat(told).as("the same again").containsExactly("one made");
    proxy.discovered.put("f", new Named("two"));

    assertThat(told).containsExactly("one made", "two made", "one retired", "one closed");
  }

  @Test
  void aChainThatDrainsTakesNewConfigurationsToo() {
    proxy.discoveredFilter("f", null);
    proxy.discovered.put("f", new Named("one"));
    proxy.configured();
    var client = proxy.client().send(GET);
    proxy.listener.retire();
    assertThat(told).containsExactly("one made", "one retired");

    proxy.discovered.put("f", new Named("two"));
    assertThat(told)
        .containsExactly("one made", "one retired", "two made", "two retired", "one closed");
    proxy.upstream().send(OK);
    assertThat(client.received()).contains("x-mark: one\n");
    client.close();

    assertThat(told).endsWith("two closed");
  }
}

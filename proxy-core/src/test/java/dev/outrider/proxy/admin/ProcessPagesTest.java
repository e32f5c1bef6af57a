package dev.outrider.proxy.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProcessPagesTest {
  private final FakeServerView server = new FakeServerView();
  private final AdminPages pages = new AdminPages(server, false);

  @Test
  void startsAndStopsARecordingOfEachSubject() {
    assertThat(ask("POST", "/cpuprofiler?enable=y")).isEqualTo(AdminResponse.text("OK\n"));
    assertThat(ask("POST", "/cpuprofiler?enable=n")).isEqualTo(AdminResponse.text("OK\n"));
    assertThat(ask("POST", "/heapprofiler?enable=y")).isEqualTo(AdminResponse.text("OK\n"));
    assertThat(server.profiler.asked).containsExactly("start CPU", "stop CPU", "start HEAP");

    assertThat(ask("POST", "/cpuprofiler")).isEqualTo(AdminResponse.text(400, "?enable=<y|n>\n"));
    assertThat(ask("GET", "/cpuprofiler?enable=y").status()).isEqualTo(405);
    assertThat(server.profiler.asked).hasSize(3);
  }

  @Test
  void saysWhyNothingIsRecorded() {
    server.profiler.failure = "no such folder";

    assertThat(ask("POST", "/cpuprofiler?enable=y"))
        .isEqualTo(AdminResponse.text(500, "failure to start the profiler: no such folder\n"));
    assertThat(ask("POST", "/heapprofiler?enable=n"))
        .isEqualTo(AdminResponse.text(500, "failure to write the profile: no such folder\n"));
  }

  @Test
  void saysWhyThereIsNoHeapDump() {
    server.profiler.dump.completeExceptionally(new IOException("disk full"));

    assertThat(ask("POST", "/heap_dump"))
        .isEqualTo(AdminResponse.text(500, "no heap dump: disk full\n"));
  }

  @Test
  void dumpsTheHeapForNoLinkAndForNobodyWhoMayOnlyRead() {
    assertThat(ask("GET", "/heap_dump").status()).isEqualTo(405);

    var readOnly = new AdminPages(server, true);
    var answer = readOnly.answer(new AdminRequest("POST", "/heap_dump", Map.of()));
    assertThat(answer.toCompletableFuture().join().status()).isEqualTo(403);
  }

  @Test
  void showsMemoryWithEnvoysFields() {
    assertThat(ask("GET", "/memory"))
        .isEqualTo(
            AdminResponse.json(
                """
                {
                 "allocated": "100",
                 "heap_size": "150",
                 "pageheap_unmapped": "0",
                 "pageheap_free": "50",
                 "total_thread_cache": "0",
                 "total_physical_bytes": "400"
                }
                """));
  }

  private AdminResponse ask(String method, String uri) {
    var parsed = new QueryStringDecoder(uri);
    return pages
        .answer(new AdminRequest(method, parsed.path(), parsed.parameters()))
        .toCompletableFuture()
        .join();
  }
}

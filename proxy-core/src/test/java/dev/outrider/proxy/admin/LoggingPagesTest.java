package dev.outrider.proxy.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.QueryStringDecoder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoggingPagesTest {
  private final FakeServerView server = new FakeServerView();
  private final AdminPages pages = new AdminPages(server, false);

  @Test
  void listsTheLevelsWhenNothingIsAskedFor() {
    assertThat(ask("POST", "/logging"))
        .isEqualTo(AdminResponse.text("active loggers:\n  http: info\n  upstream: info\n\n"));
    assertThat(ask("GET", "/logging"))
        .isEqualTo(AdminResponse.text(405, "Method GET not allowed, POST required."));
  }

  @ParameterizedTest
  @CsvSource({
    "level=debug, debug, debug",
    "level=, info, info",
    "http=debug, debug, info",
    "'paths=http:debug,upstream:warning', debug, warning",
  })
  void changesLevels(String query, String http, String upstream) {
    var answer = ask("POST", "/logging?" + query);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).contains("  http: " + http + "\n  upstream: " + upstream + "\n");
  }

  @ParameterizedTest
  @CsvSource({
    "level=nope, unknown logger level",
    "nosuch=debug, unknown logger name",
    "'paths=http:debug,nosuch:debug', unknown logger name",
    "'paths=http:debug,upstream:nope', unknown logger level",
    "paths=upstream, empty logger name or empty logger level",
    "level=debug&paths=http:debug, invalid number of parameters",
    "group=http:debug, group parameter requires fine-grain logging to be enabled",
  })
  void changesNothingIfAPartIsWrong(String query, String why) {
    var answer = ask("POST", "/logging?" + query);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body())
        .startsWith("error: " + why + "\n\nusage: /logging?<name>=<level> (change single level)\n");
    assertThat(server.logs.levels.values()).containsOnly("info");
  }

  @Test
  void hasLogFilesOpenedAgain() {
    assertThat(ask("POST", "/reopen_logs")).isEqualTo(AdminResponse.text("OK\n"));
    assertThat(server.logs.reopened).isEqualTo(1);
  }

  private AdminResponse ask(String method, String uri) {
    var parsed = new QueryStringDecoder(uri);
    return pages
        .answer(new AdminRequest(method, parsed.path(), parsed.parameters()))
        .toCompletableFuture()
        .join();
  }
}

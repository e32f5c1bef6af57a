package dev.outrider.proxy.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ConfigPagesTest {
  private final FakeServerView server = new FakeServerView();
  private final AdminPages pages = new AdminPages(server, false);

  @Test
  void answersWhatCannotBeShownAsEnvoyDoes() {
    server.dump = new DumpAnswer.NoSuchResource();
    assertThat(ask("/config_dump?resource=nosuch"))
        .isEqualTo(plain(404, "nosuch not found in config dump\n"));

    server.dump = new DumpAnswer.NotRepeated();
    assertThat(ask("/config_dump?resource=bootstrap"))
        .isEqualTo(
            plain(
                400,
                "bootstrap is not a repeated field. Use ?mask=bootstrap to get only this field\n"));

    server.dump = new DumpAnswer.BadMask();
    assertThat(ask("/config_dump?mask=nosuch"))
        .isEqualTo(
            plain(400, "FieldMask nosuch could not be successfully applied to any configs.\n"));
    assertThat(ask("/config_dump?name_regex=("))
        .isEqualTo(
            plain(
                400,
                "INVALID_ARGUMENT: Error while parsing name_regex from (: error parsing regexp:"
                    + " missing closing ): `(`\n"));
  }

  @Test
  void passesTheMaskOn() {
    ask("/config_dump?mask=bootstrap.node,bootstrap.admin");

    assertThat(Objects.requireNonNull(server.asked).mask())
        .isEqualTo("bootstrap.node,bootstrap.admin");
  }

  @Test
  void tellsWhatListenersWaitFor() {
    assertThat(ask("/init_dump")).isEqualTo(AdminResponse.json("{}\n"));
    server.unready =
        List.of(new UnreadyTargets("manager of main", List.of("target a", "target b")));

    assertThat(ask("/init_dump?mask=listener"))
        .isEqualTo(
            AdminResponse.json(
                """
                {
                 "unready_targets_dumps": [
                  {
                   "name": "manager of main",
                   "target_names": [
                    "target a",
                    "target b"
                   ]
                  }
                 ]
                }
                """));
    assertThat(ask("/init_dump?mask=cluster")).isEqualTo(AdminResponse.json("{}\n"));
  }

  private static AdminResponse plain(int status, String text) {
    return AdminResponse.of(status, "text/plain", text);
  }

  private AdminResponse ask(String uri) {
    var parsed = new QueryStringDecoder(uri);
    return pages
        .answer(new AdminRequest("GET", parsed.path(), parsed.parameters()))
        .toCompletableFuture()
        .join();
  }
}

package dev.outrider.proxy.xds.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.routing.DirectBody;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.resource.Resource.RoutesResource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectResponseParserTest {
  private static final String BODY = "virtual_hosts[0].routes[0].direct_response.body";

  private static String table(String more, String body) {
    return "{name: r, %s virtual_hosts: [{name: h, domains: ['*'], routes: [{match: {prefix: /}, direct_response: {status: 200, body: {%s}}}]}]}"
        .formatted(more, body);
  }

  private static DirectBody body(String more, String body) {
    var resource = (RoutesResource) Yaml.valid(ResourceKind.ROUTES, table(more, body));
    var action = resource.table().virtualHosts().getFirst().routes().getFirst().action();
    return ((RouteAction.DirectResponse) action).body();
  }

  private static List<String> problems(String more, String body) {
    return Yaml.problems(ResourceKind.ROUTES, table(more, body));
  }

  @Test
  void readsABodyFromAFile(@TempDir Path folder) throws IOException {
    var file = Files.write(folder.resolve("body"), new byte[] {'a', (byte) 0xff, 0});
    var empty = Files.write(folder.resolve("empty"), new byte[0]);

    assertThat(body("", "filename: " + file)).isEqualTo(DirectBody.of(new byte[] {'a', -1, 0}));
    assertThat(body("", "filename: " + empty)).isEqualTo(DirectBody.NONE);
  }

  @Test
  void readsABodyFromTheEnvironment() {
    assertThat(body("", "environment_variable: PATH"))
        .isEqualTo(DirectBody.of(System.getenv("PATH")));
  }

  @Test
  void readsABodyAsItIsWritten() {
    assertThat(body("", "inline_string: 'ä'")).isEqualTo(DirectBody.of("ä"));
    assertThat(body("", "inline_bytes: /w==")).isEqualTo(DirectBody.of(new byte[] {-1}));
  }

  @Test
  void refusesABodyThatIsNotThere(@TempDir Path folder) {
    assertThat(problems("", "filename: " + folder.resolve("none")))
        .containsExactly(BODY + ".filename: Invalid path: " + folder.resolve("none"));
    assertThat(problems("", "environment_variable: NO_SUCH_VARIABLE"))
        .containsExactly(
            BODY + ".environment_variable: Environment variable NO_SUCH_VARIABLE doesn't exist");
    assertThat(problems("", ""))
        .contains(
            BODY
                + ": one of filename, inline_bytes, inline_string, environment_variable is"
                + " required");
  }

  @Test
  void refusesABodyThatIsTooLong(@TempDir Path folder) throws IOException {
    var file = Files.writeString(folder.resolve("body"), "x".repeat(4097));

    assertThat(problems("", "inline_string: " + "x".repeat(4097)))
        .containsExactly(BODY + ": response body size is 4097 bytes; maximum is 4096");
    assertThat(problems("", "filename: " + file))
        .containsExactly(BODY + ": file " + file + " size is 4097 bytes; maximum is 4096");
    assertThat(problems("max_direct_response_body_size_bytes: 2,", "inline_string: abc"))
        .containsExactly(BODY + ": response body size is 3 bytes; maximum is 2");
    assertThat(body("max_direct_response_body_size_bytes: 5000,", "filename: " + file).bytes())
        .hasSize(4097);
  }
}

package dev.outrider.proxy.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.schema.Schema;
import dev.outrider.proxy.extension.text.ConfigReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResourceFolderTest {
  private static final String CLUSTER = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
  private static final String ROUTES =
      "type.googleapis.com/envoy.config.route.v3.RouteConfiguration";

  @TempDir private Path folder;
  private final List<String> pushes = new ArrayList<>();
  private ResourceFolder resources;

  @BeforeEach
  void open() {
    resources =
        new ResourceFolder(
            folder,
            new ConfigReader(Schema.load()),
            (kind, version, byName) ->
                pushes.add(kind + " " + version + " " + new TreeSet<>(byName.keySet())));
  }

  private void write(String file, String type, String... names) throws IOException {
    var text = new StringBuilder("resources:\n");
    for (var name : names) {
      text.append("- {\"@type\": %s, name: %s}\n".formatted(type, name));
    }
    Files.writeString(folder.resolve(file), text);
  }

  @Test
  void pushesEveryKindThatIsThereClustersFirst() throws Exception {
    write("a.yaml", ROUTES, "local");
    write("b.yaml", CLUSTER, "one");
    write("c.yaml", CLUSTER, "two");

    assertThat(resources.refresh()).isEmpty();

    assertThat(pushes).containsExactly("CLUSTER 1 [one, two]", "ROUTES 1 [local]");
  }

  @Test
  void pushesAgainOnlyWhatChanged() throws Exception {
    write("a.yaml", ROUTES, "local");
    write("b.yaml", CLUSTER, "one");
    resources.refresh();
    pushes.clear();

    assertThat(resources.refresh()).isEmpty();
    assertThat(pushes).isEmpty();
    write("b.yaml", CLUSTER, "one", "two");
    resources.refresh();
    Files.delete(folder.resolve("a.yaml"));
    resources.refresh();

    assertThat(pushes).containsExactly("CLUSTER 2 [one, two]", "ROUTES 3 []");
  }

  @Test
  void pushesNothingWhileAFileIsWrong() throws Exception {
    write("a.yaml", CLUSTER, "one", "one");
    write("b.yaml", "type.googleapis.com/envoy.config.core.v3.TransportSocket", "other");
    Files.writeString(folder.resolve("c.yaml"), "resources: [{nonsense: 1}]");
    Files.writeString(folder.resolve("notes.txt"), "not read");

    var problems = resources.refresh();

    assertThat(pushes).isEmpty();
    assertThat(problems)
        .extracting(ConfigProblem::text)
        .anySatisfy(text -> assertThat(text).endsWith("a.yaml: cluster 'one' is there already"))
        .anySatisfy(
            text ->
                assertThat(text)
                    .endsWith(
                        "b.yaml: resources: type"
                            + " 'type.googleapis.com/envoy.config.core.v3.TransportSocket' is not"
                            + " served"))
        .anySatisfy(text -> assertThat(text).contains("c.yaml"));
  }
}

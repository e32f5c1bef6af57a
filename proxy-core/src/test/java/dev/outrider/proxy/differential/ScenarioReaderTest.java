package dev.outrider.proxy.differential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

class ScenarioReaderTest {
  @Test
  void fillsTheFilesRequestWithWhatACaseAdds() {
    var scenario =
        read(
            """
            about: a
            send: "GET / HTTP/1.1\\n{put}\\n\\n"
            cases: [{ name: n, why: w, put: "x: {3*ab}\\\\x00" }]
            """);

    assertThat(scenario.cases().getFirst().client())
        .containsExactly(
            new Step.Send("GET / HTTP/1.1\r\nx: ababab\0\r\n\r\n", false),
            new Step.Read(Step.What.RESPONSE));
  }

  @Test
  void refusesAKeyThatMeansNothing() {
    assertThatThrownBy(() -> read("{ about: a, cases: [{ name: n, why: w, sned: x }] }"))
        .hasMessageContaining("unknown key 'sned'");
  }

  @Test
  void refusesTwoCasesOfOneName() {
    assertThatThrownBy(
            () -> read("{ about: a, send: x, cases: [{ name: n, why: w }, { name: n, why: w }] }"))
        .hasMessageContaining("two cases 'n'");
  }

  @Test
  void dealsEveryCaseToOneLane() {
    var scenario =
        read(
            "{ about: a, send: x, lanes: 2, cases:"
                + " [{ name: a, why: w }, { name: b, why: w }, { name: c, why: w }] }");

    assertThat(scenario.dealtTo(0)).extracting(Case::name).containsExactly("a", "c");
    assertThat(scenario.dealtTo(1)).extracting(Case::name).containsExactly("b");
  }

  @Test
  void readsEveryScenarioThereIs() {
    var all = new ScenarioReader(Suite.SCENARIOS).all("");

    assertThat(all).isNotEmpty();
    assertThat(new HashSet<>(all.stream().map(each -> each.laneName(0)).toList()))
        .hasSameSizeAs(all);
  }

  @Test
  void writesHeadersAsLiteralsThatMayHoldAnything() {
    assertThat(Frames.block(":path: /\nBad Name: \\r\n{2*c: d}"))
        .isEqualTo("\0\5:path\1/\0\10Bad Name\1\r\0\1c\1d\0\1c\1d");
    assertThat(Frames.of(Frames.DATA, Frames.END_STREAM, 3, "abc"))
        .isEqualTo("\0\0\3\0\1\0\0\0\3abc");
  }

  private static Scenario read(String yaml) {
    var document = new Load(LoadSettings.builder().build()).loadFromString(yaml);
    return new ScenarioReader(Suite.SCENARIOS).read("area/name", document);
  }
}

package dev.outrider.proxy.differential;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.differential.Comparison.Difference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

class LaneTest {
  private static final String OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-a: 1\r\n\r\nok";

  @TempDir Path folder;

  @Test
  void findsNoDifferenceBetweenTwoProxiesThatAnswerAlike() throws IOException {
    var scenario = scenario("cases: [{ name: get, why: w, send: \"GET / HTTP/1.1\\n\\n\" }]");

    var comparison = compare(scenario, "200", OK, "200", OK);

    assertThat(comparison.agrees()).isTrue();
  }

  @Test
  void reportsAProxyThatAnswersOtherwise() throws IOException {
    var scenario = scenario("cases: [{ name: get, why: w, send: \"GET / HTTP/1.1\\n\\n\" }]");

    var comparison =
        compare(
            scenario, "200", OK, "201", OK.replace("200 OK", "201 Created").replace("1\r", "2\r"));

    assertThat(comparison.unlisted())
        .contains(
            new Difference("status", "HTTP/1.1 200 OK", "HTTP/1.1 201 Created"),
            new Difference("header.x-a", "1", "2"),
            new Difference("log.code", "200", "201"));
  }

  @Test
  void findsOutWhetherTheConnectionIsKept() throws IOException {
    var scenario = scenario("cases: [{ name: get, why: w, send: \"GET / HTTP/1.1\\n\\n\" }]");

    var seen = run(scenario, "envoy", "200", OK);

    assertThat(seen.get("fate")).isEqualTo("kept");
    assertThat(seen.get("log.code")).isEqualTo("200");
  }

  @Test
  void countsWhatTheLanesOfAScenarioCounted() throws IOException {
    var scenario = scenario("lanes: 1\ncases: []");
    try (var proxy = new FakeProxy("17", OK, folder.resolve("log"))) {
      var counters = new Counters(List.of("http.hcm.downstream_rq_total", "http.hcm.other"));

      assertThat(counters.read(proxy, scenario))
          .isEqualTo(Map.of("http.hcm.downstream_rq_total", "17", "http.hcm.other", "0"));
    }
  }

  private Comparison compare(
      Scenario scenario, String code, String answer, String otherCode, String otherAnswer)
      throws IOException {
    var one = run(scenario, "envoy", code, answer);
    var other = run(scenario, "outrider", otherCode, otherAnswer);
    return Comparison.of(scenario.cases().getFirst(), scenario.usual(), one, other);
  }

  private Observation run(Scenario scenario, String name, String code, String answer)
      throws IOException {
    var file = folder.resolve(name);
    var certificates = new Certificates(folder.resolve("certificates"));
    var service = new ScriptedService(certificates);
    var log = new AccessLog(file, AccessLog.fields(scenario));
    try (var proxy = new FakeProxy(code, answer, file);
        var lane = new Lane(proxy, "t_0", scenario, service, log, certificates)) {
      return lane.run(scenario.cases().getFirst());
    }
  }

  private Scenario scenario(String yaml) throws IOException {
    var bases = Files.createDirectories(folder.resolve("bases"));
    Files.writeString(bases.resolve("plain.yaml"), "routes: []");
    var document = new Load(LoadSettings.builder().build()).loadFromString("about: a\n" + yaml);
    return new ScenarioReader(folder).read("t", document);
  }
}

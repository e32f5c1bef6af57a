package dev.outrider.proxy.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.QueryStringDecoder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatsPageTest {
  private final FakeServerView server = new FakeServerView();
  private final AdminPages pages = new AdminPages(server, false);

  @BeforeEach
  void countSomething() {
    server.registry.counter("a.count").add(3);
    server.registry.gauge("b.level").set(2);
    server.registry.histogram("c.ms").record(1);
    server.registry.text("d.name", () -> "x\"y");
  }

  @ParameterizedTest
  @CsvSource({
    "All, d.name a.count b.level c.ms",
    "Counters, a.count",
    "Gauges, b.level",
    "Histograms, c.ms",
    "TextReadouts, d.name"
  })
  void showsTheTypeAskedFor(String type, String names) {
    var lines = ask("GET", "/stats?type=" + type).body().lines();

    assertThat(lines.map(line -> line.substring(0, line.indexOf(':'))))
        .containsExactly(names.split(" ", -1));
  }

  @Test
  void leavesOutWhatAnInvertedFilterFinds() {
    assertThat(ask("GET", "/stats?filter=count&invert_filter&type=Counters").body()).isEmpty();
    assertThat(ask("GET", "/stats?filter=level&invert_filter&type=Counters").body())
        .isEqualTo("a.count: 3\n");
  }

  @Test
  void saysBeforeThatSomebodyLooks() {
    ask("GET", "/stats");
    ask("GET", "/stats/prometheus");

    assertThat(server.statsAsked).isEqualTo(2);
  }

  @Test
  void printsJson() {
    assertThat(ask("GET", "/stats?format=json&filter=count|name"))
        .isEqualTo(
            AdminResponse.json(
                "{\"stats\":[{\"name\":\"d.name\",\"value\":\"x\\\"y\"},"
                    + "{\"name\":\"a.count\",\"value\":3}]}"));
  }

  @Test
  void showsTextsToPrometheusOnlyIfAsked() {
    assertThat(ask("GET", "/stats/prometheus?filter=d.name").body()).isEmpty();
    assertThat(ask("GET", "/stats/prometheus?filter=d.name&text_readouts").body())
        .isEqualTo("# TYPE envoy_d_name gauge\nenvoy_d_name{text_value=\"x\\\"y\"} 0\n");
  }

  @ParameterizedTest
  @CsvSource({
    "type=Nope, invalid &type= param",
    "histogram_buckets=x, usage: /stats?histogram_buckets=(cumulative|disjoint|detailed|summary)",
    "format=nope, usage: /stats?format=(html|active-html|json|prometheus|text)",
  })
  void refusesWhatItCannotShow(String query, String why) {
    var answer = ask("GET", "/stats?" + query);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body().strip()).isEqualTo(why);
  }

  @Test
  void resetsCountersByPost() {
    assertThat(ask("GET", "/reset_counters").status()).isEqualTo(405);
    assertThat(server.resets).isZero();

    assertThat(ask("POST", "/reset_counters")).isEqualTo(AdminResponse.text("OK\n"));
    assertThat(server.resets).isEqualTo(1);
  }

  private AdminResponse ask(String method, String uri) {
    var parsed = new QueryStringDecoder(uri);
    return FakeServerView.whole(
        pages
            .answer(new AdminRequest(method, parsed.path(), parsed.parameters()))
            .toCompletableFuture()
            .join());
  }
}

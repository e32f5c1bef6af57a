package dev.outrider.proxy.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.metrics.StatsdFormat.Tags;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The expected lines are what Envoy 1.40 has sent for such statistics.
class StatsdTextTest {
  private static StatsdText text(String prefix, Tags tags, long mostBytes) {
    return new StatsdText(new StatsdFormat(prefix, tags, mostBytes), StatsRules.NONE);
  }

  private static StatValue.Scalar counter(String name, long since) {
    return new StatValue.Scalar(name, StatType.COUNTER, since, true);
  }

  private static StatValue.Scalar gauge(String name, long value) {
    return new StatValue.Scalar(name, StatType.GAUGE, value, true);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '!',
      textBlock =
          """
          NONE        ! listener.127.0.0.1_29080.http.in.downstream_rq_2xx ! p.listener.127.0.0.1_29080.http.in.downstream_rq_2xx:1|c
          AFTER_NAME  ! listener.127.0.0.1_29080.http.in.downstream_rq_2xx ! p.listener.http.downstream_rq_xx;envoy.response_code_class=2;envoy.http_conn_manager_prefix=in;envoy.listener_address=127.0.0.1_29080:1|c
          AFTER_VALUE ! cluster.a.b_c.warming_state                        ! p.cluster.b_c.warming_state:1|c|#envoy.cluster_name:a
          AFTER_VALUE ! runtime.load_success                               ! p.runtime.load_success:1|c
          AFTER_NAME  ! runtime.load_success                               ! p.runtime.load_success:1|c
          """)
  void putsTheVariablePartsWhereTheCollectorWantsThem(String tags, String name, String line) {
    assertThat(text("p", Tags.valueOf(tags), 0).flushed(List.of(counter(name, 1))))
        .containsExactly(line);
  }

  @Test
  void writesGaugesUnsigned() {
    assertThat(
            text("envoy", Tags.NONE, 0).flushed(List.of(gauge("server.live", 1), gauge("g", -1))))
        .containsExactly("envoy.server.live:1|g", "envoy.g:18446744073709551615|g");
  }

  @Test
  void writesAValueOfAHistogramAsATime() {
    var text = text("envoy", Tags.AFTER_VALUE, 400);

    assertThat(text.recorded("http.in.downstream_rq_time", 12))
        .isEqualTo("envoy.http.downstream_rq_time:12|ms|#envoy.http_conn_manager_prefix:in");
    assertThat(text("g", Tags.AFTER_NAME, 0).recorded("http.in.downstream_rq_time", 0))
        .isEqualTo("g.http.downstream_rq_time;envoy.http_conn_manager_prefix=in:0|ms");
  }

  @Test
  void keepsToItselfHistogramsThatAreNotShown() {
    var rules = new StatsRules(null, List.of(), name -> !name.startsWith("x"), List.of());
    var text = new StatsdText(new StatsdFormat("p", Tags.NONE, 0), rules);

    assertThat(text.recorded("x.ms", 1)).isNull();
    assertThat(text.recorded("y.ms", 1)).isEqualTo("p.y.ms:1|ms");
  }

  @Test
  void namesTagsOfTheConfigurationAsTheyAre() {
    var rules =
        new StatsRules(null, List.of(new TagRule.Fixed("my.tag", "v")), _ -> true, List.of());
    var text = new StatsdText(new StatsdFormat("p", Tags.AFTER_VALUE, 0), rules);

    assertThat(text.flushed(List.of(counter("a", 1)))).containsExactly("p.a:1|c|#my.tag:v");
  }

  @Test
  void fillsDatagramsUpToTheMost() {
    // Each line has 7 bytes; two and the end of the line between them have 15.
    var values = List.of(counter("a", 1), counter("b", 2), counter("c", 3));

    assertThat(text("p", Tags.NONE, 15).flushed(values))
        .containsExactly("p.a:1|c\np.b:2|c", "p.c:3|c");
    assertThat(text("p", Tags.NONE, 14).flushed(values)).hasSize(3);
    assertThat(text("p", Tags.NONE, 0).flushed(values))
        .containsExactly("p.a:1|c", "p.b:2|c", "p.c:3|c");
    assertThat(text("p", Tags.NONE, 1000).flushed(List.of())).isEmpty();
  }

  @Test
  void sendsALineAloneThatIsLongerThanTheMost() {
    var values = List.of(counter("a", 1), counter("long.name", 2), counter("b", 3));

    assertThat(text("p", Tags.NONE, 15).flushed(values))
        .containsExactly("p.long.name:2|c", "p.a:1|c\np.b:3|c");
  }
}

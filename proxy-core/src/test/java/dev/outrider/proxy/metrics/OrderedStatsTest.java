package dev.outrider.proxy.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OrderedStatsTest {
  private static final StatTemplate.Definition STATS = StatTemplate.define();
  private static final int COUNT = STATS.counter("z_count");
  private static final int HOT = STATS.hotCounter("a_hot");
  private static final int LEVEL = STATS.gauge("b.level");
  private static final int TIME = STATS.histogram("time");
  private static final int LATER = STATS.timing("later", "canary.later");
  private static final int CODES = STATS.responseCodes("rq_", "external.rq_");
  private static final StatTemplate TEMPLATE = STATS.template();
  private static final StatTemplate.Definition FEW = StatTemplate.define();
  private static final int ONE = FEW.counter("one");
  private static final StatTemplate FURTHER = FEW.template();

  private final MetricRegistry registry = new MetricRegistry(2);

  /// Owners below owners, several of one prefix, and counters between theirs.
  private void fill(long seed) {
    var random = new Random(seed);
    for (int i = 0; i < 200; i++) {
      var name = new StringBuilder("cluster");
      for (int parts = 1 + random.nextInt(3); parts > 0; parts--) {
        name.append('.').append("abc-1_".charAt(random.nextInt(6))).append(random.nextInt(12));
      }
      switch (random.nextInt(4)) {
        case 0 -> registry.counter(name + ".x").add(random.nextInt(9));
        case 1 -> registry.owner(FURTHER, name.toString()).add(ONE, random.nextInt(9));
        default -> touch(registry.owner(TEMPLATE, name.toString()), random);
      }
    }
  }

  private static void touch(StatOwner owner, Random random) {
    if (random.nextBoolean()) {
      owner.add(COUNT, random.nextInt(5));
      owner.set(LEVEL, random.nextInt(5));
    }
    if (random.nextInt(4) == 0) {
      var cells = owner.cells(random.nextInt(2));
      cells.add(HOT, random.nextInt(5));
      cells.record(TIME, random.nextInt(500));
      cells.record(LATER, random.nextInt(500));
      cells.countCode(CODES, 200 + random.nextInt(2));
    }
  }

  private static List<String> names(Stream<? extends StatValue> values) {
    return values.map(StatValue::name).toList();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void comeInTheOrderOfTheirNames(long seed) {
    fill(seed);

    var numbers = registry.numbers(StatFilter.ALL);
    var distributions =
        registry.snapshot().stream().filter(StatValue.Distribution.class::isInstance).toList();

    assertThat(names(numbers.stream())).hasSizeGreaterThan(300).isSorted();
    assertThat(names(distributions.stream())).hasSizeGreaterThan(60).isSorted();
  }

  /// A rule of the configuration, even one that fits nothing, has every name looked at by itself.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void showsPrometheusTheSameWhetherNamesAreTakenApartTogetherOrNot(long seed) {
    fill(seed);
    registry.owner(TEMPLATE, "cluster.worker_1").add(COUNT, 1);
    registry.owner(TEMPLATE, "cluster.with\"quotes\\").add(COUNT, 1);

    for (var filter : List.of(StatFilter.ALL, new StatFilter(true, name -> !name.contains("b")))) {
      registry.show(StatsRules.NONE);
      var together = PrometheusText.of(registry, filter);
      registry.show(
          new StatsRules(
              null, List.of(TagRule.extracted("none", "^nothing((x))")), _ -> true, List.of()));

      assertThat(together.lines().count()).isGreaterThan(100);
      assertThat(together).contains("cluster_z_count");
      assertThat(together).isEqualTo(PrometheusText.of(registry, filter));
    }
  }

  @Test
  void makesAPieceOfSomeStatisticsEvenIfNoneIsShown() {
    for (int i = 0; i < 3_000; i++) {
      touch(registry.owner(TEMPLATE, "cluster.c" + i), new Random(i));
    }
    int all = registry.snapshot().size();

    for (var parts : pages(new StatFilter(false, _ -> false))) {
      int pieces = 0;
      for (var piece = parts.next(); piece != null; piece = parts.next()) {
        assertThat(piece.length()).isLessThan(200);
        pieces++;
      }
      assertThat(pieces).isGreaterThan(all / TextParts.MOST_STATS / 2).isGreaterThan(3);
    }
  }

  /// Names that are not taken apart together are so one by one, each in its turn.
  @ParameterizedTest
  @ValueSource(strings = {"", "cluster_name"})
  void looksAtNamesWithDotsOrForRulesPieceByPiece(String tag) {
    if (!tag.isEmpty()) {
      registry.show(
          new StatsRules(
              Set.of(),
              List.of(TagRule.extracted(tag, "^cluster\\.((.+?(\\..+?\\.svc)?)\\.)")),
              _ -> true,
              List.of()));
    }
    for (int i = 0; i < 3_000; i++) {
      registry.owner(TEMPLATE, "cluster.outbound|80||c" + i + ".ns.svc").add(COUNT, i);
    }
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    var text = new StringBuilder();
    long begin = threads.getCurrentThreadAllocatedBytes();
    var parts = PrometheusText.parts(registry, StatFilter.ALL, false, false);
    long largest = threads.getCurrentThreadAllocatedBytes() - begin;
    long all = largest;

    for (boolean more = true; more; ) {
      long before = threads.getCurrentThreadAllocatedBytes();
      var piece = parts.next();
      long bytes = threads.getCurrentThreadAllocatedBytes() - before;
      largest = Math.max(largest, bytes);
      all += bytes;
      more = piece != null;
      text.append(more ? piece : "");
    }

    assertThat(text)
        .contains(
            tag.isEmpty()
                ? "envoy_cluster_ns_svc_z_count{envoy_cluster_name=\"outbound|80||c7\"} 7\n"
                : "envoy_cluster_z_count{cluster_name=\"outbound|80||c7.ns.svc\"} 7\n");
    assertThat(largest).as("bytes allocated at once").isLessThan(all / 10);
  }

  /// A scrape of ten thousand clusters makes a million lines, on a loop with other work: what a
  /// line allocates is what it costs.
  @Test
  void allocatesLittleForALine() {
    for (int i = 0; i < 3_000; i++) {
      registry.owner(TEMPLATE, "cluster.service-" + i).add(COUNT, i);
    }
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    for (var parts : pages(StatFilter.ALL)) {
      long lines = 0;
      long before = threads.getCurrentThreadAllocatedBytes();
      for (var piece = parts.next(); piece != null; piece = parts.next()) {
        lines += piece.chars().filter(c -> c == '\n' || c == '{').count();
      }
      long bytes = threads.getCurrentThreadAllocatedBytes() - before;

      assertThat(lines).isGreaterThanOrEqualTo(3_000 * 4);
      assertThat(bytes / lines).as("bytes for a line").isLessThan(500);
    }
  }

  private List<TextParts> pages(StatFilter filter) {
    var pages = new ArrayList<TextParts>();
    pages.add(StatsText.parts(registry, filter, _ -> true, HistogramView.SUMMARY));
    pages.add(StatsJson.parts(registry, filter, _ -> true, HistogramView.SUMMARY));
    pages.add(PrometheusText.parts(registry, filter, false, false));
    return pages;
  }
}

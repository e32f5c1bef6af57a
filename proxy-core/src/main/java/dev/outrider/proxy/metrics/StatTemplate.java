package dev.outrider.proxy.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// The closed list of statistics that every owner of one kind has: what a cluster counts, what a
/// listener counts.
///
/// Lives in a constant beside its user, with one `int` constant per statistic. Immutable, any
/// thread.
public final class StatTemplate {
  static final int COLD = -1;

  private final List<Stat> stats;
  private final List<CodeFamily> families;
  private final int[] slots;
  private final int hotSlots;
  private final int[] histograms;
  private final int[] numbers;

  private StatTemplate(List<Stat> stats, List<CodeFamily> families, int[] slots, int hotSlots) {
    this.stats = List.copyOf(stats);
    this.families = List.copyOf(families);
    this.slots = slots;
    this.hotSlots = hotSlots;
    var distributions = new ArrayList<Integer>();
    var scalars = new ArrayList<Integer>();
    for (var i = 0; i < stats.size(); i++) {
      (stats.get(i).type() == StatType.HISTOGRAM ? distributions : scalars).add(i);
    }
    scalars.sort(Comparator.comparing(i -> stats.get(i).suffix()));
    this.histograms = array(distributions);
    this.numbers = array(scalars);
  }

  private static int[] array(List<Integer> numbers) {
    var array = new int[numbers.size()];
    for (var i = 0; i < array.length; i++) {
      array[i] = numbers.get(i);
    }
    return array;
  }

  /// Starts a template.
  public static Definition define() {
    return new Definition();
  }

  /// In the order of definition: the index is the statistic's number.
  public List<Stat> stats() {
    return stats;
  }

  List<CodeFamily> families() {
    return families;
  }

  /// The place in a loop's block, or [#COLD]. A hot gauge has two: what came and, behind it, what
  /// went.
  int slot(int stat) {
    return slots[stat];
  }

  int hotSlots() {
    return hotSlots;
  }

  /// Numbers of those that are distributions. Lent: nobody writes to it.
  int[] histograms() {
    return histograms;
  }

  /// Numbers of the others, in the order of their suffixes. Lent: nobody writes to it.
  int[] numbers() {
    return numbers;
  }

  /// One statistic. A `suffix` may contain dots.
  ///
  /// @param copies other suffixes under which the same values are shown
  /// @param shown when it is shown, and for whom
  public record Stat(String suffix, StatType type, List<String> copies, Shown shown) {
    public Stat {
      copies = List.copyOf(copies);
    }
  }

  /// When a statistic appears in a listing of all.
  public enum Shown {
    ALWAYS,
    /// From its first value on: Envoy makes it then.
    ONCE_USED,
    /// Always, and the share of each worker as `worker_<n>.<suffix>`.
    BY_WORKER
  }

  /// Response codes: rendered as `<prefix><code>`, `<prefix><class>xx` and `<prefix>completed`,
  /// once per prefix.
  record CodeFamily(List<String> prefixes) {}

  /// Collects a template's statistics while the class that owns it initialises.
  public static final class Definition {
    private final List<Stat> stats = new ArrayList<>();
    private final List<CodeFamily> families = new ArrayList<>();
    private int[] slots = new int[16];
    private int hotSlots;

    private Definition() {}

    /// Counted on the request path, in a block per loop.
    public int hotCounter(String suffix) {
      return add(suffix, StatType.COUNTER, 1);
    }

    /// As [#hotCounter]; the share of each worker is shown beside the whole.
    public int hotCounterByWorker(String suffix) {
      return add(new Stat(suffix, StatType.COUNTER, List.of(), Shown.BY_WORKER), 1);
    }

    /// Counted on the request path; every `inc` has its `dec` on the same loop.
    public int hotGauge(String suffix) {
      return add(suffix, StatType.GAUGE, 2);
    }

    /// As [#hotGauge]; the share of each worker is shown beside the whole.
    public int hotGaugeByWorker(String suffix) {
      return add(new Stat(suffix, StatType.GAUGE, List.of(), Shown.BY_WORKER), 2);
    }

    /// Counted rarely, in one atomic shared by all loops.
    public int counter(String suffix) {
      return add(suffix, StatType.COUNTER, 0);
    }

    /// Set or moved rarely, in one atomic shared by all loops.
    public int gauge(String suffix) {
      return add(suffix, StatType.GAUGE, 0);
    }

    /// Recorded per loop; the block is made at the first value.
    public int histogram(String suffix) {
      return add(suffix, StatType.HISTOGRAM, 1);
    }

    /// As [#histogram], but not shown before its first value; then under `copies` as well.
    public int timing(String suffix, String... copies) {
      return add(new Stat(suffix, StatType.HISTOGRAM, List.of(copies), Shown.ONCE_USED), 1);
    }

    /// A family of response codes, shown under each of `prefixes` (`upstream_rq_`,
    /// `external.upstream_rq_`). The number it returns goes to [StatCells#countCode] only.
    public int responseCodes(String... prefixes) {
      families.add(new CodeFamily(List.of(prefixes)));
      return families.size() - 1;
    }

    public StatTemplate template() {
      return new StatTemplate(stats, families, Arrays.copyOf(slots, stats.size()), hotSlots);
    }

    private int add(String suffix, StatType type, int width) {
      return add(new Stat(suffix, type, List.of(), Shown.ALWAYS), width);
    }

    private int add(Stat stat, int width) {
      var number = stats.size();
      stats.add(stat);
      if (number == slots.length) {
        slots = Arrays.copyOf(slots, number * 2);
      }
      slots[number] = width == 0 ? COLD : hotSlots;
      hotSlots += width;
      return number;
    }
  }
}

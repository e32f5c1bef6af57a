package dev.outrider.proxy.metrics;

import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The lines of one metric in the order of their full names, made one at a time. Confined to one
/// thread.
sealed interface PrometheusSeries {
  int size();

  /// Null if it is not shown.
  @Nullable StatValue value(int index);

  /// `name="value",...`; empty if there are none.
  String labels(int index);

  /// Some values whose names have been taken apart.
  record Several(List<Tagged> all) implements PrometheusSeries {
    @Override
    public int size() {
      return all.size();
    }

    @Override
    public StatValue value(int index) {
      return all.get(index).value();
    }

    @Override
    public String labels(int index) {
      return all.get(index).labels();
    }
  }

  /// Those of one, then those of the other.
  record Joined(PrometheusSeries first, PrometheusSeries second) implements PrometheusSeries {
    @Override
    public int size() {
      return first.size() + second.size();
    }

    @Override
    public @Nullable StatValue value(int index) {
      return index < first.size() ? first.value(index) : second.value(index - first.size());
    }

    @Override
    public String labels(int index) {
      return index < first.size() ? first.labels(index) : second.labels(index - first.size());
    }
  }

  /// A statistic with its labels.
  record Tagged(StatValue value, String labels) {}

  /// The same statistic of many clusters, whose names are all taken apart in the same way: only the
  /// cluster's name differs.
  ///
  /// @param owners in the order of their names
  /// @param suffix of the statistic, or of a copy of it
  /// @param before what of the labels stands before the name of the cluster
  record OfClusters(
      List<StatOwner> owners,
      int stat,
      String suffix,
      String before,
      String after,
      StatsRules rules,
      Predicate<StatValue> shown)
      implements PrometheusSeries {
    static final String PREFIX = "cluster.";

    @Override
    public int size() {
      return owners.size();
    }

    @Override
    public @Nullable StatValue value(int index) {
      var owner = owners.get(index);
      var shape = owner.template().stats().get(stat);
      var name = owner.prefix() + "." + suffix;
      if (shape.type() != StatType.HISTOGRAM) {
        var value = new StatValue.Scalar(name, shape.type(), owner.value(stat), owner.used(stat));
        return shown.test(value) ? value : null;
      }
      var now = owner.histogram(stat);
      if (now.count() == 0 && shape.shown() == StatTemplate.Shown.ONCE_USED) {
        return null;
      }
      var value = new StatValue.Distribution(name, now, owner.interval(stat), rules.boundsOf(name));
      return shown.test(value) ? value : null;
    }

    @Override
    public String labels(int index) {
      var name = owners.get(index).prefix().substring(PREFIX.length());
      return before + PrometheusText.escape(name) + after;
    }

    /// Whether the names of an owner's statistics are taken apart like those of any other cluster.
    static boolean fits(StatOwner owner) {
      var prefix = owner.prefix();
      return prefix.startsWith(PREFIX)
          && prefix.length() > PREFIX.length()
          && prefix.indexOf('.', PREFIX.length()) < 0
          && !prefix.startsWith("worker_", PREFIX.length()) // which is a tag of its own
          && owner.template().stats().stream()
              .noneMatch(stat -> stat.shown() == StatTemplate.Shown.BY_WORKER);
    }
  }
}

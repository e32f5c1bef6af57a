package dev.outrider.proxy.metrics;

import java.util.List;
import java.util.stream.Collectors;

/// How statistics are written for a statsd collector, as Envoy's sinks over UDP write them.
/// Immutable, any thread.
///
/// @param prefix stands before every name, without the dot between them
/// @param mostBytes of a datagram that holds several lines; 0 = each line has its own
public record StatsdFormat(String prefix, Tags tags, long mostBytes) {

  /// Where the variable parts of a name go.
  public enum Tags {
    /// They stay in the name.
    NONE,
    /// `name:1|c|#tag:value,tag:value`.
    AFTER_VALUE,
    /// `name;tag=value;tag=value:1|c`.
    AFTER_NAME
  }

  /// What stands around the values of one statistic.
  record Frame(String before, String after) {
    String line(String value) {
      return before + value + after;
    }
  }

  /// @param type `c`, `g` or `ms`
  Frame frame(String name, String type, StatsRules rules) {
    var end = "|" + type;
    if (tags == Tags.NONE) {
      return new Frame(prefix + "." + name + ":", end);
    }
    var tagged = TaggedName.of(name, rules);
    var start = prefix + "." + tagged.name();
    if (tagged.tags().isEmpty()) {
      return new Frame(start + ":", end);
    }
    return tags == Tags.AFTER_VALUE
        ? new Frame(start + ":", end + "|#" + joined(tagged.tags(), ":", ","))
        : new Frame(start + ";" + joined(tagged.tags(), "=", ";") + ":", end);
  }

  private static String joined(List<TaggedName.Tag> tags, String assign, String separator) {
    return tags.stream()
        .map(tag -> tag.name() + assign + tag.value())
        .collect(Collectors.joining(separator));
  }
}

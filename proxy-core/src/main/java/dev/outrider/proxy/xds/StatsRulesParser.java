package dev.outrider.proxy.xds;

import dev.outrider.proxy.extension.MatcherReader;
import dev.outrider.proxy.metrics.StatsRules;
import dev.outrider.proxy.metrics.TagRule;
import dev.outrider.proxy.routing.TextTest;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.metrics.v3.HistogramBucketSettings;
import io.envoyproxy.envoy.config.metrics.v3.StatsConfig;
import io.envoyproxy.envoy.config.metrics.v3.StatsMatcher;
import io.envoyproxy.envoy.config.metrics.v3.TagSpecifier;
import io.envoyproxy.envoy.type.matcher.v3.ListStringMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/// Reads `metrics.v3.StatsConfig`.
final class StatsRulesParser {
  private static final String OURS = "envoy.";

  private StatsRulesParser() {}

  static StatsRules parse(StatsConfig message, Scope scope) {
    var all = !message.hasUseAllDefaultTags() || message.getUseAllDefaultTags().getValue();
    var builtIn = all ? new HashSet<>(StatsRules.KNOWN) : new HashSet<String>();
    var rules = new ArrayList<TagRule>();
    for (var i = 0; i < message.getStatsTagsCount(); i++) {
      var rule = rule(message.getStatsTags(i), builtIn, scope.item("stats_tags", i));
      if (rule != null) {
        rules.add(rule);
      }
    }
    var buckets = new ArrayList<StatsRules.Buckets>();
    for (var i = 0; i < message.getHistogramBucketSettingsCount(); i++) {
      var settings = message.getHistogramBucketSettings(i);
      var place = scope.item("histogram_bucket_settings", i);
      var bounds = buckets(settings, place);
      if (settings.getBucketsCount() > 0) { // otherwise a later one decides
        buckets.add(bounds);
      }
    }
    return new StatsRules(
        builtIn, rules, admitted(message.getStatsMatcher(), scope.field("stats_matcher")), buckets);
  }

  /// Null if a tag that is built in is asked for, or with a problem. A rule of the name of one that
  /// is built in stands for it.
  private static @Nullable TagRule rule(TagSpecifier message, Set<String> builtIn, Scope scope) {
    var name = message.getTagName();
    var known = name.startsWith(OURS) ? name.substring(OURS.length()) : "";
    return switch (message.getTagValueCase()) {
      case FIXED_VALUE -> new TagRule.Fixed(name, message.getFixedValue());
      case REGEX -> {
        builtIn.remove(known);
        yield extracted(name, message.getRegex(), scope);
      }
      case TAGVALUE_NOT_SET -> {
        if (!StatsRules.KNOWN.contains(known)) {
          scope.problem(
              "No regex specified for tag specifier and no default regex for name: '" + name + "'");
        }
        builtIn.add(known);
        yield null;
      }
    };
  }

  private static @Nullable TagRule extracted(String name, String regex, Scope scope) {
    try {
      var rule = TagRule.extracted(name, regex);
      if (rule.pattern().matcher("").groupCount() > 0) {
        return rule;
      }
      scope.problem("regex", "'" + regex + "' has no group to take out of the name");
    } catch (PatternSyntaxException e) {
      scope.problem("regex", "'" + regex + "': " + e.getDescription());
    }
    return null;
  }

  private static Predicate<String> admitted(StatsMatcher message, Scope scope) {
    return switch (message.getStatsMatcherCase()) {
      case REJECT_ALL -> _ -> !message.getRejectAll();
      case INCLUSION_LIST -> any(message.getInclusionList(), scope.field("inclusion_list"));
      case EXCLUSION_LIST ->
          any(message.getExclusionList(), scope.field("exclusion_list")).negate();
      case STATSMATCHER_NOT_SET -> _ -> true;
    };
  }

  private static Predicate<String> any(ListStringMatcher message, Scope scope) {
    var tests = new ArrayList<Predicate<String>>();
    for (var i = 0; i < message.getPatternsCount(); i++) {
      tests.add(test(message.getPatterns(i), scope.item("patterns", i)));
    }
    return name -> tests.stream().anyMatch(test -> test.test(name));
  }

  /// `bins` sizes what Envoy's threads count in; ours need no size.
  private static StatsRules.Buckets buckets(HistogramBucketSettings message, Scope scope) {
    return new StatsRules.Buckets(
        test(message.getMatch(), scope.field("match")),
        message.getBucketsList().stream().sorted().toList());
  }

  private static Predicate<String> test(StringMatcher message, Scope scope) {
    var test = new TextTest(MatcherReader.text(message, scope::report));
    return test::matches;
  }
}

package dev.outrider.proxy.xds.route;

import com.github.xds.core.v3.TypedExtensionConfig;
import com.github.xds.type.matcher.v3.Matcher;
import com.github.xds.type.matcher.v3.Matcher.MatcherList.Predicate;
import com.github.xds.type.matcher.v3.Matcher.MatcherTree.MatchMap;
import com.github.xds.type.matcher.v3.Matcher.OnMatch;
import com.github.xds.type.matcher.v3.StringMatcher;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.routing.RouteTree;
import dev.outrider.proxy.routing.RouteTree.Condition;
import dev.outrider.proxy.routing.ValueMatcher;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteList;
import io.envoyproxy.envoy.type.matcher.v3.HttpRequestHeaderMatchInput;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// Reads `VirtualHost.matcher`: a tree over headers of the request, whose leaves are routes.
final class RouteTreeParser {
  private static final String ROUTE = "envoy.config.route.v3.Route";
  private static final String ROUTES = "envoy.config.route.v3.RouteList";
  private static final String HEADER = "envoy.type.matcher.v3.HttpRequestHeaderMatchInput";
  private static final RouteTree NOTHING = new RouteTree.Leaf(List.of());

  private final BiFunction<Route, Scope, dev.outrider.proxy.routing.Route> routes;

  /// @param routes reads a route of the virtual host
  RouteTreeParser(BiFunction<Route, Scope, dev.outrider.proxy.routing.Route> routes) {
    this.routes = routes;
  }

  RouteTree parse(Matcher message, Scope scope) {
    var otherwise =
        message.hasOnNoMatch() ? found(message.getOnNoMatch(), scope.field("on_no_match")) : null;
    return switch (message.getMatcherTypeCase()) {
      case MATCHER_LIST -> list(message.getMatcherList(), otherwise, scope.field("matcher_list"));
      case MATCHER_TREE -> tree(message.getMatcherTree(), otherwise, scope.field("matcher_tree"));
      case MATCHERTYPE_NOT_SET -> new RouteTree.Branches(List.of(), otherwise);
    };
  }

  private RouteTree list(Matcher.MatcherList message, @Nullable RouteTree otherwise, Scope scope) {
    var branches = new ArrayList<RouteTree.Branch>();
    for (var i = 0; i < message.getMatchersCount(); i++) {
      var matcher = message.getMatchers(i);
      var place = scope.item("matchers", i);
      branches.add(
          new RouteTree.Branch(
              condition(matcher.getPredicate(), place.field("predicate")),
              found(matcher.getOnMatch(), place.field("on_match"))));
    }
    return new RouteTree.Branches(branches, otherwise);
  }

  private RouteTree tree(Matcher.MatcherTree message, @Nullable RouteTree otherwise, Scope scope) {
    var header = header(message.getInput(), scope.field("input"));
    return switch (message.getTreeTypeCase()) {
      case EXACT_MATCH_MAP ->
          byValue(
              header, false, message.getExactMatchMap(), otherwise, scope.field("exact_match_map"));
      case PREFIX_MATCH_MAP ->
          byValue(
              header,
              true,
              message.getPrefixMatchMap(),
              otherwise,
              scope.field("prefix_match_map"));
      case CUSTOM_MATCH -> {
        scope.refuse(true, "custom_match");
        yield NOTHING;
      }
      case TREETYPE_NOT_SET -> {
        scope.problem("one of exact_match_map, prefix_match_map is required");
        yield NOTHING;
      }
    };
  }

  private RouteTree byValue(
      HeaderName header,
      boolean byPrefix,
      MatchMap message,
      @Nullable RouteTree otherwise,
      Scope scope) {
    var values = new HashMap<String, RouteTree>();
    message
        .getMapMap()
        .forEach((value, on) -> values.put(value, found(on, scope.field("map['" + value + "']"))));
    return new RouteTree.ByValue(header, byPrefix, values, otherwise);
  }

  private RouteTree found(OnMatch message, Scope scope) {
    scope.refuse(message.getKeepMatching(), "keep_matching");
    return switch (message.getOnMatchCase()) {
      case MATCHER -> parse(message.getMatcher(), scope.field("matcher"));
      case ACTION -> leaf(message.getAction(), scope.field("action.typed_config"));
      case ONMATCH_NOT_SET -> {
        scope.problem("one of matcher, action is required");
        yield NOTHING;
      }
    };
  }

  private RouteTree leaf(TypedExtensionConfig message, Scope scope) {
    var config = message.getTypedConfig();
    try {
      switch (ProviderRegistry.typeName(config.getTypeUrl())) {
        case ROUTE -> {
          return new RouteTree.Leaf(
              List.of(routes.apply(Route.parseFrom(config.getValue()), scope)));
        }
        case ROUTES -> {
          var list = RouteList.parseFrom(config.getValue());
          var all = new ArrayList<dev.outrider.proxy.routing.Route>();
          for (var i = 0; i < list.getRoutesCount(); i++) {
            all.add(routes.apply(list.getRoutes(i), scope.item("routes", i)));
          }
          return new RouteTree.Leaf(all);
        }
        default ->
            scope.problem(
                "only " + ROUTE + " and RouteList are supported, is '" + config.getTypeUrl() + "'");
      }
    } catch (InvalidProtocolBufferException e) {
      scope.problem(String.valueOf(e.getMessage()));
    }
    return NOTHING;
  }

  private static Condition condition(Predicate message, Scope scope) {
    return switch (message.getMatchTypeCase()) {
      case SINGLE_PREDICATE ->
          single(message.getSinglePredicate(), scope.field("single_predicate"));
      case OR_MATCHER ->
          new Condition.Any(conditions(message.getOrMatcher(), scope.field("or_matcher")));
      case AND_MATCHER ->
          new Condition.All(conditions(message.getAndMatcher(), scope.field("and_matcher")));
      case NOT_MATCHER ->
          new Condition.Not(condition(message.getNotMatcher(), scope.field("not_matcher")));
      case MATCHTYPE_NOT_SET -> {
        scope.problem("one of single_predicate, or_matcher, and_matcher, not_matcher is required");
        yield new Condition.Any(List.of());
      }
    };
  }

  private static List<Condition> conditions(Predicate.PredicateList message, Scope scope) {
    var conditions = new ArrayList<Condition>();
    for (var i = 0; i < message.getPredicateCount(); i++) {
      conditions.add(condition(message.getPredicate(i), scope.item("predicate", i)));
    }
    return conditions;
  }

  private static Condition single(Predicate.SinglePredicate message, Scope scope) {
    scope.refuse(message.hasCustomMatch(), "custom_match");
    return new Condition.Header(
        header(message.getInput(), scope.field("input")),
        value(message.getValueMatch(), scope.field("value_match")));
  }

  private static HeaderName header(TypedExtensionConfig message, Scope scope) {
    var config = message.getTypedConfig();
    var place = scope.field("typed_config");
    if (!ProviderRegistry.typeName(config.getTypeUrl()).equals(HEADER)) {
      place.problem("only " + HEADER + " is supported, is '" + config.getTypeUrl() + "'");
      return HeaderNames.HOST;
    }
    try {
      var input = HttpRequestHeaderMatchInput.parseFrom(config.getValue());
      return WeightedClusterParser.name(input.getHeaderName(), place, "header_name");
    } catch (InvalidProtocolBufferException e) {
      place.problem(String.valueOf(e.getMessage()));
      return HeaderNames.HOST;
    }
  }

  private static ValueMatcher value(StringMatcher message, Scope scope) {
    var ignoreCase = message.getIgnoreCase();
    return switch (message.getMatchPatternCase()) {
      case EXACT -> new ValueMatcher.Exact(message.getExact(), ignoreCase);
      case PREFIX -> new ValueMatcher.Prefix(message.getPrefix(), ignoreCase);
      case SUFFIX -> new ValueMatcher.Suffix(message.getSuffix(), ignoreCase);
      case CONTAINS -> new ValueMatcher.Contains(message.getContains(), ignoreCase);
      case SAFE_REGEX -> regex(message.getSafeRegex().getRegex(), scope.field("safe_regex"));
      case CUSTOM -> {
        scope.refuse(true, "custom");
        yield new ValueMatcher.Presence(true);
      }
      case MATCHPATTERN_NOT_SET -> {
        scope.problem("one of exact, prefix, suffix, contains, safe_regex is required");
        yield new ValueMatcher.Presence(true);
      }
    };
  }

  private static ValueMatcher regex(String pattern, Scope scope) {
    try {
      Pattern.compile(pattern);
      return new ValueMatcher.Regex(pattern);
    } catch (PatternSyntaxException e) {
      scope.problem("regex '" + pattern + "': " + e.getDescription());
      return new ValueMatcher.Presence(true);
    }
  }
}

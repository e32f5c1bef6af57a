package dev.outrider.proxy.routing;

import dev.outrider.proxy.http.HeaderName;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Where a virtual host looks for routes, by what a request is like (Envoy `VirtualHost.matcher`,
/// `xds.type.matcher.v3.Matcher`).
public sealed interface RouteTree {

  /// These and no others: the first that matches.
  record Leaf(List<Route> routes) implements RouteTree {
    public Leaf {
      routes = List.copyOf(routes);
    }
  }

  /// Behind the first condition that holds and behind which there is a leaf.
  ///
  /// @param otherwise if there is none; null = no route
  record Branches(List<Branch> branches, @Nullable RouteTree otherwise) implements RouteTree {
    public Branches {
      branches = List.copyOf(branches);
    }
  }

  /// One of several.
  record Branch(Condition condition, RouteTree then) {}

  /// Behind the value of a header.
  ///
  /// @param byPrefix whether the longest value counts that the header begins with and behind which
  ///   there is a leaf
  /// @param otherwise if there is none; null = no route
  record ByValue(
      HeaderName header,
      boolean byPrefix,
      Map<String, RouteTree> values,
      @Nullable RouteTree otherwise)
      implements RouteTree {
    public ByValue {
      values = Map.copyOf(values);
    }
  }

  /// What a request must be like.
  sealed interface Condition {
    /// A missing header is like no value; of several lines all count, joined with commas.
    record Header(HeaderName name, ValueMatcher value) implements Condition {}

    record All(List<Condition> conditions) implements Condition {
      public All {
        conditions = List.copyOf(conditions);
      }
    }

    record Any(List<Condition> conditions) implements Condition {
      public Any {
        conditions = List.copyOf(conditions);
      }
    }

    record Not(Condition condition) implements Condition {}
  }

  /// All routes that can be found.
  static Stream<Route> routes(@Nullable RouteTree tree) {
    return switch (tree) {
      case null -> Stream.empty();
      case Leaf(var routes) -> routes.stream();
      case Branches(var branches, var otherwise) ->
          Stream.concat(
              branches.stream().flatMap(branch -> routes(branch.then())), routes(otherwise));
      case ByValue(_, _, var values, var otherwise) ->
          Stream.concat(values.values().stream().flatMap(RouteTree::routes), routes(otherwise));
    };
  }
}

package dev.outrider.proxy.routing;

import dev.outrider.proxy.attributes.ByteRangeMap;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.routing.RouteTree.Condition;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A [RouteTree] in the form in which it is asked.
@FunctionalInterface
interface CompiledTree {
  /// The routes of the leaf that the request leads to; null if it leads to none.
  @Nullable RouteIndex find(HeaderMap head);

  /// Of what was configured.
  ///
  /// @param ignoresParameters of paths
  static CompiledTree of(VirtualHost host, @Nullable RouteTree tree, boolean ignoresParameters) {
    return switch (tree) {
      case null -> _ -> null;
      case RouteTree.Leaf(var routes) -> {
        var leaf = new RouteIndex(host, routes, ignoresParameters);
        yield _ -> leaf;
      }
      case RouteTree.Branches(var branches, var otherwise) ->
          branches(
              branches.stream().map(branch -> TreeTest.of(branch.condition())).toList(),
              branches.stream().map(branch -> of(host, branch.then(), ignoresParameters)).toList(),
              of(host, otherwise, ignoresParameters));
      case RouteTree.ByValue byValue -> byValue(host, byValue, ignoresParameters);
    };
  }

  private static CompiledTree branches(
      List<TreeTest> conditions, List<CompiledTree> branches, CompiledTree otherwise) {
    return head -> {
      for (var i = 0; i < conditions.size(); i++) { // no iterator per request
        var found = conditions.get(i).holds(head) ? branches.get(i).find(head) : null;
        if (found != null) {
          return found;
        }
      }
      return otherwise.find(head);
    };
  }

  private static CompiledTree byValue(
      VirtualHost host, RouteTree.ByValue tree, boolean ignoresParameters) {
    var trees = new HashMap<String, CompiledTree>();
    tree.values().forEach((value, found) -> trees.put(value, of(host, found, ignoresParameters)));
    return tree.byPrefix()
        ? byPrefix(tree.header(), trees, of(host, tree.otherwise(), ignoresParameters))
        : exactly(
            tree.header(),
            new ByteRangeMap<>(trees),
            of(host, tree.otherwise(), ignoresParameters));
  }

  /// Longest first, so that the most that is known of the value counts.
  private static CompiledTree byPrefix(
      HeaderName header, Map<String, CompiledTree> trees, CompiledTree otherwise) {
    var values =
        trees.keySet().stream().sorted(Comparator.comparingInt(String::length).reversed()).toList();
    return branches(
        values.stream()
            .map(value -> new Condition.Header(header, new ValueMatcher.Prefix(value, false)))
            .map(TreeTest::of)
            .toList(),
        values.stream().map(trees::get).toList(),
        otherwise);
  }

  private static CompiledTree exactly(
      HeaderName header, ByteRangeMap<CompiledTree> trees, CompiledTree otherwise) {
    return head -> {
      var line = head.find(header);
      CompiledTree tree = null;
      if (line >= 0 && head.find(header, line + 1) < 0) {
        var from = head.valueOffset(line);
        tree = trees.get(head.array(), from, from + head.valueLength(line));
      } else if (line >= 0) {
        var joined = TreeTest.joined(head, header);
        tree = trees.get(joined, 0, joined.length);
      }
      var found = tree == null ? null : tree.find(head);
      return found != null ? found : otherwise.find(head);
    };
  }
}

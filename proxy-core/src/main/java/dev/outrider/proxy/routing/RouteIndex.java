package dev.outrider.proxy.routing;

import dev.outrider.proxy.attributes.ByteRangeMap;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.stream.StreamInfo;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The routes of one virtual host, with an index that narrows them to candidates by path: exact
/// paths in a map, prefixes in a map that is asked once per length in use, everything else always a
/// candidate. Candidates are merged in ascending order, so that the first route in the list wins
/// however it was found.
final class RouteIndex {
  private static final int[] NONE = new int[0];

  private final CompiledRoute[] routes;
  private final ByteRangeMap<int[]> exact;
  private final ByteRangeMap<PrefixNode> prefixes;
  private final boolean[] prefixLengths;
  private final int[] others;
  private final int[] connects;
  private final TlsDemand demand;
  private final @Nullable CompiledTree tree;
  private final boolean ignoresParameters;

  /// @param ignoresParameters what follows a semicolon in the path plays no part
  RouteIndex(VirtualHost host, boolean ignoresParameters) {
    this(
        host,
        host.routes(),
        ignoresParameters,
        host.tree() == null ? null : CompiledTree.of(host, host.tree(), ignoresParameters));
  }

  /// Of a leaf of the host's tree.
  RouteIndex(VirtualHost host, List<Route> list, boolean ignoresParameters) {
    this(host, list, ignoresParameters, null);
  }

  private RouteIndex(
      VirtualHost host, List<Route> list, boolean ignoresParameters, @Nullable CompiledTree tree) {
    this.tree = tree;
    this.ignoresParameters = ignoresParameters;
    var byExact = new HashMap<String, int[]>();
    var byPrefix = new TreeMap<String, int[]>();
    var rest = NONE;
    var withoutPath = NONE;
    routes = new CompiledRoute[list.size()];
    for (var i = 0; i < routes.length; i++) {
      var route = list.get(i);
      routes[i] = new CompiledRoute(host, route);
      switch (route.matcher().path()) {
        case PathMatcher.Exact(var path, var caseSensitive) when caseSensitive ->
            append(byExact, path, i);
        case PathMatcher.Prefix(var prefix, var caseSensitive) when caseSensitive ->
            append(byPrefix, prefix, i);
        case PathMatcher.SeparatedPrefix(var prefix, var caseSensitive) when caseSensitive ->
            append(byPrefix, prefix, i);
        case PathMatcher.Connect _ -> withoutPath = append(withoutPath, i);
        case PathMatcher.Exact _,
            PathMatcher.Prefix _,
            PathMatcher.SeparatedPrefix _,
            PathMatcher.Regex _,
            PathMatcher.Template _ ->
            rest = append(rest, i);
      }
    }
    exact = new ByteRangeMap<>(byExact);
    prefixes = new ByteRangeMap<>(PrefixNode.chain(byPrefix));
    prefixLengths = lengths(byPrefix);
    others = rest;
    connects = withoutPath;
    demand = new TlsDemand(host);
  }

  /// For CONNECT, which has no path.
  @Nullable RouteMatch matchConnect(HeaderMap head, StreamInfo info, long random) {
    if (demand.isUnmetBy(head)) {
      return demand.redirect();
    }
    if (tree != null) {
      var leaf = tree.find(head);
      return leaf == null ? null : leaf.matchConnect(head, info, random);
    }
    for (var index : connects) {
      if (routes[index].matchesRest(head, info, random)) {
        return routes[index].choose(head, info, random);
      }
    }
    return null;
  }

  /// Null if no route matches. `pathLine` is the line of `:path`.
  @Nullable RouteMatch match(HeaderMap head, int pathLine, StreamInfo info, long random) {
    if (demand.isUnmetBy(head)) {
      return demand.redirect();
    }
    if (tree != null) {
      var leaf = tree.find(head);
      return leaf == null ? null : leaf.match(head, pathLine, info, random);
    }
    var bytes = head.array();
    var from = head.valueOffset(pathLine);
    var to = pathEnd(bytes, from, from + head.valueLength(pathLine));
    var cut = ignoresParameters ? parametersStart(bytes, from, to) : to;
    var exactly = exact.get(bytes, from, cut);
    var longest = longestPrefix(bytes, from, cut);
    for (var next = 0; ; next++) {
      next = nextCandidate(exactly, longest, next);
      if (next == Integer.MAX_VALUE) {
        return null;
      }
      var route = routes[next];
      if (route.matches(head, bytes, from, route.takesParameters() ? to : cut, info, random)) {
        return route.choose(head, info, random);
      }
    }
  }

  private int nextCandidate(int @Nullable [] exactly, @Nullable PrefixNode longest, int from) {
    var next = firstFrom(others, from);
    if (exactly != null) {
      next = Math.min(next, firstFrom(exactly, from));
    }
    for (var node = longest; node != null; node = node.up) {
      next = Math.min(next, firstFrom(node.routes, from));
    }
    return next;
  }

  private static int firstFrom(int[] ascending, int from) {
    var at = Arrays.binarySearch(ascending, from);
    var index = at < 0 ? -at - 1 : at;
    return index == ascending.length ? Integer.MAX_VALUE : ascending[index];
  }

  private @Nullable PrefixNode longestPrefix(byte[] bytes, int from, int to) {
    PrefixNode longest = null;
    var hash = 0;
    for (var length = 0; length < prefixLengths.length; length++) {
      if (prefixLengths[length]) {
        var node = prefixes.get(bytes, from, from + length, hash);
        longest = node != null ? node : longest;
      }
      if (from + length == to) {
        break;
      }
      hash = ByteRangeMap.next(hash, bytes[from + length]);
    }
    return longest;
  }

  private static int pathEnd(byte[] bytes, int from, int to) {
    for (var i = from; i < to; i++) {
      if (bytes[i] == '?' || bytes[i] == '#') {
        return i;
      }
    }
    return to;
  }

  private static int parametersStart(byte[] bytes, int from, int to) {
    var at = from;
    while (at < to && bytes[at] != ';') {
      at++;
    }
    return at;
  }

  private static boolean[] lengths(Map<String, int[]> keys) {
    var lengths = new boolean[0];
    for (var key : keys.keySet()) {
      var length = key.getBytes(StandardCharsets.UTF_8).length;
      lengths = length < lengths.length ? lengths : Arrays.copyOf(lengths, length + 1);
      lengths[length] = true;
    }
    return lengths;
  }

  private static void append(Map<String, int[]> lists, String key, int route) {
    lists.merge(key, new int[] {route}, (old, _) -> append(old, route));
  }

  private static int[] append(int[] list, int route) {
    var longer = Arrays.copyOf(list, list.length + 1);
    longer[list.length] = route;
    return longer;
  }

  /// The routes of one prefix, and the next shorter prefix that is a prefix of this one.
  private static final class PrefixNode {
    private final int[] routes;
    private final @Nullable PrefixNode up;

    private PrefixNode(int[] routes, @Nullable PrefixNode up) {
      this.routes = routes;
      this.up = up;
    }

    /// In sorted order a prefix comes before all that it begins.
    private static Map<String, PrefixNode> chain(NavigableMap<String, int[]> lists) {
      var nodes = new HashMap<String, PrefixNode>();
      lists.forEach(
          (prefix, routes) -> nodes.put(prefix, new PrefixNode(routes, shorter(prefix, nodes))));
      return nodes;
    }

    private static @Nullable PrefixNode shorter(String prefix, Map<String, PrefixNode> nodes) {
      for (var length = prefix.length() - 1; length >= 0; length--) {
        var node = nodes.get(prefix.substring(0, length));
        if (node != null) {
          return node;
        }
      }
      return null;
    }
  }
}

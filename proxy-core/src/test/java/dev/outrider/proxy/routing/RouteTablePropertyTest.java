package dev.outrider.proxy.routing;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The index finds what a reader of the configuration would find, line by line.
///
/// Alphabets are tiny, so that prefixes nest, domains overlap and headers meet; the seed of a table
/// that fails is in the message.
class RouteTablePropertyTest {
  private static final int TABLES = 100_000;
  private static final int REQUESTS_PER_TABLE = 3;
  private static final Map<String, Pattern> PATTERNS = new HashMap<>();
  private static final HeaderName FLAG = HeaderName.of("x-flag");

  private final HeadStores stores = new HeadStores(false);
  private final StreamInfo info = new StreamInfo();

  @Test
  void agreesWithALinearScan() {
    var found = 0;
    for (var seed = 0; seed < TABLES; seed++) {
      var random = new SplittableRandom(seed);
      var hosts = hosts(random);
      var table = new RouteTable("t", hosts);
      for (var i = 0; i < REQUESTS_PER_TABLE; i++) {
        var head = request(random);
        var match = table.match(head, info, random.nextLong());
        var expected = scan(hosts, head);

        if (!name(match == null ? null : match.route()).equals(name(expected))) {
          throw new AssertionError(
              "seed "
                  + seed
                  + ": "
                  + head.authority()
                  + head.path()
                  + " took "
                  + match
                  + ", not "
                  + expected);
        }
        found += match == null ? 0 : 1;
        head.release();
      }
    }

    // Neither always nor never: the tables are worth asking.
    assertThat(found)
        .isBetween(TABLES * REQUESTS_PER_TABLE / 10, TABLES * REQUESTS_PER_TABLE * 9 / 10);
  }

  private static List<VirtualHost> hosts(SplittableRandom random) {
    var hosts = new ArrayList<VirtualHost>();
    var taken = new HashSet<String>();
    for (var i = random.nextInt(1, 5); i > 0; i--) {
      var domains = new ArrayList<String>();
      for (var j = random.nextInt(1, 4); j > 0; j--) {
        var domain = domain(random);
        if (taken.add(domain)) {
          domains.add(domain);
        }
      }
      var routes = new ArrayList<Route>();
      for (var j = random.nextInt(0, 8); j > 0; j--) {
        routes.add(route(i + "-" + j, random));
      }
      hosts.add(new VirtualHost("h" + i, domains, routes));
    }
    return hosts;
  }

  private static String name(@Nullable Route route) {
    return route == null ? "none" : route.name();
  }

  private static String domain(SplittableRandom random) {
    var name = text(random, "ab.", random.nextInt(1, 4));
    return switch (random.nextInt(4)) {
      case 0 -> "*";
      case 1 -> "*" + name;
      case 2 -> name + "*";
      default -> name;
    };
  }

  private static Route route(String name, SplittableRandom random) {
    var path = "/" + text(random, "aA/", random.nextInt(0, 4));
    var caseSensitive = random.nextInt(4) != 0;
    var matcher =
        switch (random.nextInt(24)) {
          case 0, 1, 6, 7, 8, 9 -> new PathMatcher.Exact(path, caseSensitive);
          case 2 -> new PathMatcher.Regex(path + "a*");
          case 3, 4, 10, 11, 12 ->
              new PathMatcher.SeparatedPrefix(
                  path.endsWith("/") ? path + "a" : path, caseSensitive);
          default -> new PathMatcher.Prefix(path, caseSensitive);
        };
    var headers =
        random.nextInt(3) == 0
            ? List.of(
                new HeaderMatcher(
                    FLAG,
                    new ValueMatcher.Exact(text(random, "01", 1), false),
                    random.nextBoolean(),
                    random.nextBoolean()))
            : List.<HeaderMatcher>of();
    return new Route(name, new RouteMatcher(matcher, headers), RouteAction.Forward.to("c"));
  }

  private HeaderMap request(SplittableRandom random) {
    var head = stores.take(HeadKind.REQUEST);
    head.add(HeaderNames.METHOD, "GET");
    head.add(HeaderNames.AUTHORITY, text(random, "abB.", random.nextInt(1, 5)));
    var query = random.nextInt(4) == 0 ? "?" + text(random, "a/", 2) : "";
    head.add(HeaderNames.PATH, "/" + text(random, "aA/", random.nextInt(0, 6)) + query);
    if (random.nextBoolean()) {
      head.add(FLAG, text(random, "01", 1));
    }
    return head;
  }

  private static String text(SplittableRandom random, String alphabet, int length) {
    var text = new StringBuilder();
    for (var i = 0; i < length; i++) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }

  // ---- what the configuration says, read naively

  private static @Nullable Route scan(List<VirtualHost> hosts, HeaderMap head) {
    var authority = String.valueOf(head.authority()).toLowerCase(Locale.ROOT);
    var path = String.valueOf(head.path()).replaceAll("[?#].*", "");
    VirtualHost best = null;
    var bestRank = 0;
    for (var host : hosts) {
      for (var domain : host.domains()) {
        var rank = rank(domain, authority);
        if (rank > bestRank) {
          best = host;
          bestRank = rank;
        }
      }
    }
    for (var route : best == null ? List.<Route>of() : best.routes()) {
      if (matches(route.matcher().path(), path) && flagMatches(route.matcher().headers(), head)) {
        return route;
      }
    }
    return null;
  }

  /// Exact before suffixes before prefixes before everything; among equals the longer.
  private static int rank(String domain, String authority) {
    if (domain.equals("*")) {
      return 1;
    }
    if (domain.startsWith("*")) {
      return authority.length() >= domain.length() && authority.endsWith(domain.substring(1))
          ? 2_000 + domain.length()
          : 0;
    }
    if (domain.endsWith("*")) {
      return authority.length() >= domain.length()
              && authority.startsWith(domain.substring(0, domain.length() - 1))
          ? 1_000 + domain.length()
          : 0;
    }
    return domain.equals(authority) ? 3_000 : 0;
  }

  private static boolean matches(PathMatcher matcher, String path) {
    return switch (matcher) {
      case PathMatcher.Exact(var text, var caseSensitive) ->
          caseSensitive ? path.equals(text) : path.equalsIgnoreCase(text);
      case PathMatcher.Prefix(var text, var caseSensitive) -> startsWith(path, text, caseSensitive);
      case PathMatcher.SeparatedPrefix(var text, var caseSensitive) ->
          startsWith(path, text, caseSensitive)
              && (path.length() == text.length() || path.charAt(text.length()) == '/');
      case PathMatcher.Connect _ -> false;
      case PathMatcher.Regex(var pattern) ->
          PATTERNS.computeIfAbsent(pattern, Pattern::compile).matches(path);
      case PathMatcher.Template(var template) -> template.pattern().matches(path);
    };
  }

  private static boolean startsWith(String path, String text, boolean caseSensitive) {
    return path.regionMatches(!caseSensitive, 0, text, 0, text.length());
  }

  private static boolean flagMatches(List<HeaderMatcher> matchers, HeaderMap head) {
    for (var matcher : matchers) {
      var value = head.get(matcher.name());
      if (value == null && matcher.treatMissingAsEmpty()) {
        value = "";
      }
      var wanted = matcher.value() instanceof ValueMatcher.Exact(var text, _) ? text : "";
      if (value == null || value.equals(wanted) == matcher.invert()) {
        return false;
      }
    }
    return true;
  }
}

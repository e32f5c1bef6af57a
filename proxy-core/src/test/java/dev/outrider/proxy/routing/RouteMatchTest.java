package dev.outrider.proxy.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Priority;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RouteMatchTest {

  private static void rewrite(
      HeaderMap head, PathMatcher path, @Nullable String prefix, @Nullable String host) {
    var action =
        new RouteAction.Forward(
            new ClusterChoice.Single("c"),
            RouteAction.Forward.DEFAULT_TIMEOUT,
            null,
            503,
            prefix,
            host,
            Priority.DEFAULT);
    var route = new Route("", new RouteMatcher(path), action);
    new RouteMatch(new VirtualHost("v", List.of("*"), List.of(route)), route, "c").rewrite(head);
  }

  static List<Arguments> rewrites() {
    return List.of(
        Arguments.of(new PathMatcher.Prefix("/api/", true), "/", "/api/x?q=/api/", "/x?q=/api/"),
        Arguments.of(new PathMatcher.Prefix("/", true), "/v2/", "/x", "/v2/x"),
        Arguments.of(new PathMatcher.SeparatedPrefix("/api", true), "/v2", "/api/x", "/v2/x"),
        Arguments.of(new PathMatcher.SeparatedPrefix("/api", true), "/v2", "/api", "/v2"),
        Arguments.of(new PathMatcher.Exact("/a", true), "/b", "/a?q", "/b?q"),
        Arguments.of(new PathMatcher.Regex("/a+"), "/b", "/aaa?q", "/b?q"));
  }

  @ParameterizedTest
  @MethodSource("rewrites")
  void replacesWhatMatched(PathMatcher matcher, String by, String path, String expected) {
    var head = Heads.request("h", path);

    rewrite(head, matcher, by, null);

    assertThat(head.path()).isEqualTo(expected);
    assertThat(head.get(HeaderNames.X_ENVOY_ORIGINAL_PATH)).isEqualTo(path);
    assertThat(head.get(HeaderNames.X_ENVOY_ORIGINAL_HOST)).isNull();
  }

  @Test
  void replacesTheHost() {
    var head = Heads.request("old.example", "/");

    rewrite(head, new PathMatcher.Prefix("/", true), null, "new.example");

    assertThat(head.authority()).isEqualTo("new.example");
    assertThat(head.get(HeaderNames.X_ENVOY_ORIGINAL_HOST)).isEqualTo("old.example");
    assertThat(head.get(HeaderNames.X_ENVOY_ORIGINAL_PATH)).isNull();
  }

  @Test
  void changesNothingWithoutRewrites() {
    var head = Heads.request("h", "/x");
    var before = head.count();

    rewrite(head, new PathMatcher.Prefix("/", true), null, null);

    assertThat(head.count()).isEqualTo(before);
  }
}

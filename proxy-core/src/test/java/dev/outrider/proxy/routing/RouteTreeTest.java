package dev.outrider.proxy.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Metadata;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.routing.RouteTree.Branch;
import dev.outrider.proxy.routing.RouteTree.Branches;
import dev.outrider.proxy.routing.RouteTree.ByValue;
import dev.outrider.proxy.routing.RouteTree.Condition;
import dev.outrider.proxy.routing.RouteTree.Leaf;
import dev.outrider.proxy.routing.VirtualHost.TlsRequirement;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RouteTreeTest {
  private static final HeaderName NAME = HeaderName.of("x-h");

  private static Leaf leaf(String cluster) {
    return new Leaf(List.of(route(cluster, "/")));
  }

  private static Route route(String cluster, String prefix) {
    var matcher = new RouteMatcher(new PathMatcher.Prefix(prefix, true));
    return new Route(cluster, matcher, RouteAction.Forward.to(cluster));
  }

  private static Condition is(String value) {
    return new Condition.Header(NAME, new ValueMatcher.Exact(value, false));
  }

  private static @Nullable String find(RouteTree tree, String path, String... values) {
    var headers = new String[values.length * 2];
    for (var i = 0; i < values.length; i++) {
      headers[2 * i] = "x-h";
      headers[2 * i + 1] = values[i];
    }
    var host =
        new VirtualHost("v", List.of("*"), List.of(), Metadata.NONE, TlsRequirement.NONE, tree);
    var match =
        new RouteTable("t", List.of(host))
            .match(Heads.request("h", path, headers), new StreamInfo(), 0);
    return match == null ? null : match.clusterName();
  }

  @Test
  void takesTheFirstBranchWhoseConditionHolds() {
    var tree =
        new Branches(
            List.of(
                new Branch(is("a"), leaf("one")),
                new Branch(new Condition.Any(List.of(is("a"), is("b"))), leaf("two")),
                new Branch(new Condition.Not(is("c")), leaf("three"))),
            leaf("otherwise"));

    assertThat(find(tree, "/", "a")).isEqualTo("one");
    assertThat(find(tree, "/", "b")).isEqualTo("two");
    assertThat(find(tree, "/", "x")).isEqualTo("three");
    assertThat(find(tree, "/")).isEqualTo("three");
    assertThat(find(tree, "/", "c")).isEqualTo("otherwise");
  }

  @Test
  void goesOnWhereABranchLeadsNowhere() {
    var deadEnd = new Branches(List.of(new Branch(is("never"), leaf("never"))), null);
    var tree =
        new Branches(
            List.of(new Branch(is("a"), deadEnd), new Branch(is("a"), leaf("second"))), null);

    assertThat(find(tree, "/", "a")).isEqualTo("second");
    assertThat(find(tree, "/", "b")).isNull();
  }

  @Test
  void looksForNoOtherRoutesThanThoseOfTheLeaf() {
    var tree =
        new Branches(
            List.of(
                new Branch(is("a"), new Leaf(List.of(route("one", "/one"), route("two", "/two"))))),
            leaf("otherwise"));

    assertThat(find(tree, "/two", "a")).isEqualTo("two");
    assertThat(find(tree, "/three", "a")).isNull();
  }

  @Test
  void findsByValue() {
    var tree =
        new ByValue(NAME, false, Map.of("a", leaf("one"), "a,b", leaf("both")), leaf("otherwise"));

    assertThat(find(tree, "/", "a")).isEqualTo("one");
    assertThat(find(tree, "/", "a", "b")).isEqualTo("both");
    assertThat(find(tree, "/", "ab")).isEqualTo("otherwise");
    assertThat(find(tree, "/")).isEqualTo("otherwise");
  }

  @Test
  void findsByTheLongestPrefixThatLeadsSomewhere() {
    var nowhere = new Branches(List.of(), null);
    var tree =
        new ByValue(
            NAME, true, Map.of("a", leaf("one"), "ab", leaf("two"), "abc", nowhere), leaf("rest"));

    assertThat(find(tree, "/", "ax")).isEqualTo("one");
    assertThat(find(tree, "/", "abx")).isEqualTo("two");
    assertThat(find(tree, "/", "abcx")).isEqualTo("two");
    assertThat(find(tree, "/", "x")).isEqualTo("rest");
  }

  @Test
  void asksForAllOfSeveralConditions() {
    var both =
        new Condition.All(
            List.of(
                is("a"),
                new Condition.Header(HeaderName.of(":path"), new ValueMatcher.Suffix("x", true))));
    var tree = new Branches(List.of(new Branch(both, leaf("one"))), null);

    assertThat(find(tree, "/X", "a")).isEqualTo("one");
    assertThat(find(tree, "/y", "a")).isNull();
    assertThat(find(tree, "/X", "b")).isNull();
  }
}

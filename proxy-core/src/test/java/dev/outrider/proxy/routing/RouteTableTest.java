package dev.outrider.proxy.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.LbMetadata;
import dev.outrider.proxy.cluster.Metadata;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.routing.VirtualHost.TlsRequirement;
import dev.outrider.proxy.runtime.RuntimeLayer;
import dev.outrider.proxy.runtime.RuntimeSnapshot;
import dev.outrider.proxy.runtime.RuntimeValue;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteTableTest {
  private final SplittableRandom random = new SplittableRandom(7);
  private final StreamInfo info = new StreamInfo();

  private static Route route(String cluster, PathMatcher path, HeaderMatcher... headers) {
    return new Route(
        cluster, new RouteMatcher(path, List.of(headers)), RouteAction.Forward.to(cluster));
  }

  private static Route prefix(String cluster, String prefix) {
    return route(cluster, new PathMatcher.Prefix(prefix, true));
  }

  private static VirtualHost host(String name, String... domains) {
    return new VirtualHost(name, Arrays.asList(domains), List.of(prefix(name, "/")));
  }

  private String cluster(RouteTable table, String authority, String path, String... headers) {
    var match = table.match(Heads.request(authority, path, headers), info, random.nextLong());
    return match == null ? "none" : match.clusterName();
  }

  private String cluster(List<Route> routes, String path, String... headers) {
    var table = new RouteTable("t", List.of(new VirtualHost("v", List.of("*"), routes)));
    return cluster(table, "any", path, headers);
  }

  @Test
  void aRequestThatHasLostItsAuthorityGoesToTheOnlyHostOrNowhere() {
    var lost = Heads.request("a.com", "/");
    lost.remove(HeaderNames.AUTHORITY);

    var one = new RouteTable("t", List.of(host("all", "*")));
    var two = new RouteTable("t", List.of(host("all", "*"), host("exact", "a.com")));

    assertThat(one.match(lost, info, 0)).isNotNull();
    assertThat(two.match(lost, info, 0)).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "a.com,exact",
    "A.Com,exact",
    "b.a.com,suffix",
    "c.b.a.com,longersuffix",
    "x-bar.foo.com,dash",
    "foo.org,prefix",
    "foo.org.uk,longerprefix",
    "foo.,all",
    ".a.com,all",
    "a.com:80,all",
    "other,all"
  })
  void choosesTheVirtualHostByName(String authority, String expected) {
    var table =
        new RouteTable(
            "t",
            List.of(
                host("all", "*"),
                host("prefix", "foo.*"),
                host("longerprefix", "foo.org.*"),
                host("suffix", "*.a.com"),
                host("longersuffix", "*.b.a.com"),
                host("dash", "*-bar.foo.com"),
                host("exact", "a.com")));

    assertThat(cluster(table, authority, "/")).isEqualTo(expected);
  }

  @Test
  void findsNothingForAnUnknownHost() {
    var table = new RouteTable("t", List.of(host("a", "a.com")));

    assertThat(cluster(table, "b.com", "/")).isEqualTo("none");
  }

  @Test
  void ignoresThePortIfTold() {
    var hosts = List.of(host("a", "a.com"), host("b", "b.com:80"));

    assertThat(cluster(new RouteTable("t", hosts, true, false), "a.com:8080", "/")).isEqualTo("a");
    assertThat(cluster(new RouteTable("t", hosts, false, false), "a.com:8080", "/"))
        .isEqualTo("none");
    assertThat(cluster(new RouteTable("t", hosts, false, false), "b.com:80", "/")).isEqualTo("b");
  }

  @Test
  void takesTheFirstRouteThatMatchesNotTheMostSpecific() {
    var routes =
        List.of(
            prefix("api", "/api"),
            route("exact", new PathMatcher.Exact("/api/x", true)),
            prefix("rest", "/"));

    assertThat(cluster(routes, "/api/x")).isEqualTo("api");
    assertThat(cluster(routes, "/other")).isEqualTo("rest");
  }

  @Test
  void goesOnToTheNextCandidateIfHeadersDoNotMatch() {
    var canary = new HeaderMatcher(HeaderName.of("x-canary"), new ValueMatcher.Exact("1", false));
    var routes =
        List.of(
            route("canary", new PathMatcher.Exact("/a", true), canary),
            route("regex", new PathMatcher.Regex("/a+"), canary),
            prefix("stable", "/"));

    assertThat(cluster(routes, "/a")).isEqualTo("stable");
    assertThat(cluster(routes, "/a", "x-canary", "1")).isEqualTo("canary");
    assertThat(cluster(routes, "/aa", "x-canary", "1")).isEqualTo("regex");
  }

  @ParameterizedTest
  @CsvSource({
    "/api,sep",
    "/api/x,sep",
    "/api?x=/y,sep",
    "/api#f,sep",
    "/apix,none",
    "/ap,none",
    "/exact,exact",
    "/exact?q,exact",
    "/exact/,none",
    "/EXACT,none",
    "/Fold,fold",
    "/fOLD,fold",
    "/re/12,regex",
    "/re/12?x,regex",
    "/re/12/,none",
    "/re/,none"
  })
  void matchesPathsWithoutTheirQuery(String path, String expected) {
    var routes =
        List.of(
            route("sep", new PathMatcher.SeparatedPrefix("/api", true)),
            route("exact", new PathMatcher.Exact("/exact", true)),
            route("fold", new PathMatcher.Exact("/fold", false)),
            route("regex", new PathMatcher.Regex("/re/\\d+")));

    assertThat(cluster(routes, path)).isEqualTo(expected);
  }

  @Test
  void splitsByWeight() {
    var choice =
        new ClusterChoice.Weighted(
            List.of(
                new ClusterChoice.WeightedCluster("a", 90),
                new ClusterChoice.WeightedCluster("never", 0),
                new ClusterChoice.WeightedCluster("b", 10)));
    var route =
        new Route(
            "",
            new RouteMatcher(new PathMatcher.Prefix("/", true)),
            RouteAction.Forward.builder(choice).build());

    var counts = new TreeMap<String, Integer>();
    for (var i = 0; i < 20_000; i++) {
      counts.merge(cluster(List.of(route), "/"), 1, Integer::sum);
    }

    assertThat(counts).containsOnlyKeys("a", "b");
    assertThat(counts.get("b")).isBetween(1_800, 2_200);
  }

  @Test
  void splitsByTheNumberThatTheRequestNames() {
    var choice =
        new ClusterChoice.Weighted(
            List.of(
                new ClusterChoice.WeightedCluster("a", 3),
                new ClusterChoice.WeightedCluster("b", 1)),
            HeaderName.of("x-n"),
            false);
    var route =
        List.of(
            new Route(
                "",
                new RouteMatcher(new PathMatcher.Prefix("/", true)),
                RouteAction.Forward.builder(choice).build()));

    assertThat(cluster(route, "/", "x-n", "2")).isEqualTo("a");
    assertThat(cluster(route, "/", "x-n", "3")).isEqualTo("b");
    assertThat(cluster(route, "/", "x-n", "+7")).isEqualTo("b");
    assertThat(cluster(route, "/", "x-n", "18446744073709551615")).isEqualTo("b");
  }

  @Test
  void splitsByTheWeightsOfTheRuntime() {
    var choice =
        new ClusterChoice.Weighted(
            List.of(
                new ClusterChoice.WeightedCluster("a", 1),
                new ClusterChoice.WeightedCluster("b", 1),
                new ClusterChoice.WeightedCluster("c", 2)),
            null,
            false,
            "w");
    var route =
        new Route(
            "",
            new RouteMatcher(new PathMatcher.Prefix("/", true)),
            RouteAction.Forward.builder(choice).build());
    var table = new RouteTable("t", List.of(new VirtualHost("v", List.of("*"), List.of(route))));
    var head = Heads.request("h", "/");
    IntFunction<String> picked =
        number -> Objects.requireNonNull(table.match(head, info, number)).clusterName();
    assertThat(picked.apply(0) + picked.apply(1) + picked.apply(3)).isEqualTo("abc");

    info.runtime(runtime("w.a", 0, "w.b", 3));
    assertThat(picked.apply(0) + picked.apply(2) + picked.apply(3) + picked.apply(5))
        .isEqualTo("bbcb");

    info.runtime(runtime("w.a", 0, "w.b", 0, "w.c", 0));
    assertThat(picked.apply(0)).as("the configured ones, if there are no others").isEqualTo("a");
  }

  private static RuntimeSnapshot runtime(Object... pairs) {
    var values = new HashMap<String, RuntimeValue>();
    for (var i = 0; i < pairs.length; i += 2) {
      values.put((String) pairs[i], RuntimeValue.of((Integer) pairs[i + 1]));
    }
    return new RuntimeSnapshot(List.of(new RuntimeLayer("l", values)));
  }

  @Test
  void takesTheStreamsNumberIfTheRequestNamesNone() {
    var choice =
        new ClusterChoice.Weighted(
            List.of(
                new ClusterChoice.WeightedCluster("a", 1),
                new ClusterChoice.WeightedCluster("b", 1)),
            HeaderName.of("x-n"),
            false);
    var route =
        new Route(
            "",
            new RouteMatcher(new PathMatcher.Prefix("/", true)),
            RouteAction.Forward.builder(choice).build());
    var table = new RouteTable("t", List.of(new VirtualHost("v", List.of("*"), List.of(route))));

    for (var fields : List.of("", "x-n=", "x-n=-1", "x-n=1x", "x-n=1,x-n=1")) {
      var headers = fields.isEmpty() ? new String[0] : fields.split("[=,]", -1);
      var head = Heads.request("h", "/", headers);
      assertThat(Objects.requireNonNull(table.match(head, info, 0)).clusterName()).isEqualTo("a");
      assertThat(Objects.requireNonNull(table.match(head, info, 1)).clusterName()).isEqualTo("b");
    }
  }

  @Test
  void ignoresTheParametersOfAPathIfToldTo() {
    var routes =
        List.of(
            route("exact", new PathMatcher.Exact("/a", true)),
            route("part", new PathMatcher.SeparatedPrefix("/b", true)),
            route("regex", new PathMatcher.Regex("/c+")),
            route("template", new PathMatcher.Template(UriTemplate.of("/d"))),
            route("rest", new PathMatcher.Prefix("/", true)));
    var hosts = List.of(new VirtualHost("v", List.of("*"), routes));
    var ignoring = new RouteTable("t", hosts, false, true);
    var plain = new RouteTable("t", hosts);

    for (var path : List.of("/a;x", "/b;x/y", "/cc;x?y")) {
      var head = Heads.request("h", path);
      assertThat(Objects.requireNonNull(plain.match(head, info, 0)).clusterName())
          .isEqualTo("rest");
    }
    assertThat(name(ignoring, "/a;x")).isEqualTo("exact");
    assertThat(name(ignoring, "/b;x/y")).isEqualTo("part");
    assertThat(name(ignoring, "/cc;x?y")).isEqualTo("regex");
    assertThat(name(ignoring, "/d;x")).isEqualTo("rest");
    assertThat(name(ignoring, "/d?;x")).isEqualTo("template");
  }

  private String name(RouteTable table, String path) {
    return Objects.requireNonNull(table.match(Heads.request("h", path), info, 0)).clusterName();
  }

  @Test
  void splitsByTheHashOfTheRequest() {
    var choice =
        new ClusterChoice.Weighted(
            List.of(
                new ClusterChoice.WeightedCluster("a", 1),
                new ClusterChoice.WeightedCluster("b", 1)),
            null,
            true);
    var source = new HashSource.Header(HeaderName.of("x-user"), null);
    var action =
        RouteAction.Forward.builder(choice)
            .hashPolicies(List.of(new HashPolicy(source, false)))
            .build();
    var route = new Route("", new RouteMatcher(new PathMatcher.Prefix("/", true)), action);
    var table = new RouteTable("t", List.of(new VirtualHost("v", List.of("*"), List.of(route))));

    var chosen = new TreeMap<String, Integer>();
    for (var user = 0; user < 100; user++) {
      var head = Heads.request("h", "/", "x-user", "u" + user);
      var first = Objects.requireNonNull(table.match(head, info, 0)).clusterName();
      assertThat(Objects.requireNonNull(table.match(head, info, 1)).clusterName()).isEqualTo(first);
      chosen.merge(first, 1, Integer::sum);
    }
    assertThat(chosen).containsOnlyKeys("a", "b");
    var nobody = Heads.request("h", "/");
    assertThat(Objects.requireNonNull(table.match(nobody, info, 0)).clusterName()).isEqualTo("a");
    assertThat(Objects.requireNonNull(table.match(nobody, info, 1)).clusterName()).isEqualTo("b");
  }

  @Test
  void letsAnAlternativeNameItsClusterByAHeaderAndItsFilters() {
    var switches = new FilterSwitches(Map.of("f", false));
    var named =
        new ClusterChoice.WeightedCluster(
            new ClusterChoice.FromHeader(HeaderName.of("x-to")),
            1,
            "inner.test",
            switches,
            HeaderMutations.NONE,
            LbMetadata.NONE);
    var route =
        new Route(
            "",
            new RouteMatcher(new PathMatcher.Prefix("/", true)),
            RouteAction.Forward.builder(new ClusterChoice.Weighted(List.of(named))).build());
    var table = new RouteTable("t", List.of(new VirtualHost("v", List.of("*"), List.of(route))));

    var match =
        Objects.requireNonNull(table.match(Heads.request("h", "/", "x-to", "blue"), info, 0));

    assertThat(match.clusterName()).isEqualTo("blue");
    assertThat(match.filters()).isEqualTo(switches);
    assertThat(match.weighted()).isEqualTo(named);
    assertThat(Objects.requireNonNull(table.match(Heads.request("h", "/"), info, 0)).clusterName())
        .isEmpty();
  }

  @Test
  void sendsToTheClusterThatTheRequestNames() {
    var route =
        new Route(
            "",
            new RouteMatcher(new PathMatcher.Prefix("/", true)),
            RouteAction.Forward.builder(new ClusterChoice.FromHeader(HeaderName.of("x-to")))
                .build());

    assertThat(cluster(List.of(route), "/", "x-to", "blue")).isEqualTo("blue");
    assertThat(cluster(List.of(route), "/")).isEmpty();
  }

  @Test
  void answersTheSameObjectForEveryRequest() {
    var table = new RouteTable("t", List.of(host("a", "*")));

    assertThat(table.match(Heads.request("x", "/1"), info, 0))
        .isSameAs(table.match(Heads.request("y", "/2"), info, 0));
  }

  @Test
  void findsNoRouteWithoutAPath() {
    var head = new HeadStores().take(HeadKind.REQUEST);
    head.add(HeaderNames.METHOD, "CONNECT");
    head.add(HeaderNames.AUTHORITY, "a:443");

    assertThat(new RouteTable("t", List.of(host("a", "*"))).match(head, info, 0)).isNull();
  }

  @Test
  void namesWhatIsWrongWithATable() {
    var broken =
        new VirtualHost("v", List.of("a.com"), List.of(route("x", new PathMatcher.Regex("/(a"))));

    assertThat(RouteTable.problems("rc", List.of(host("a", "*", "a.com"), host("b", "*"), broken)))
        .containsExactly(
            "Only a single wildcard domain is permitted in route rc",
            "Only unique values for domains are permitted. Duplicate entry of domain a.com in route"
                + " rc",
            "regex '/(a': missing closing )");
  }

  @Test
  void equalsATableOfEqualContent() {
    assertThat(new RouteTable("t", List.of(host("a", "*"))))
        .isEqualTo(new RouteTable("t", List.of(host("a", "*"))))
        .hasSameHashCodeAs(new RouteTable("t", List.of(host("a", "*"))))
        .isNotEqualTo(new RouteTable("t", List.of(host("b", "*"))));
  }

  @Test
  void sendsToTlsWhoDoesNotComeByIt() {
    assertThat(action(TlsRequirement.ALL, "x-forwarded-proto", "http"))
        .isEqualTo(new RouteAction.TlsRedirect());
    assertThat(action(TlsRequirement.ALL)).isEqualTo(new RouteAction.TlsRedirect());
    assertThat(action(TlsRequirement.ALL, "x-forwarded-proto", "https"))
        .isInstanceOf(RouteAction.Forward.class);
    assertThat(action(TlsRequirement.EXTERNAL_ONLY, "x-forwarded-proto", "http"))
        .isEqualTo(new RouteAction.TlsRedirect());
    assertThat(action(TlsRequirement.EXTERNAL_ONLY, "x-envoy-internal", "true"))
        .isInstanceOf(RouteAction.Forward.class);
    assertThat(action(TlsRequirement.NONE)).isInstanceOf(RouteAction.Forward.class);
  }

  private static RouteAction action(TlsRequirement required, String... headers) {
    var host =
        new VirtualHost("v", List.of("*"), List.of(prefix("c", "/")), Metadata.NONE, required);
    var match =
        new RouteTable("t", List.of(host))
            .match(Heads.request("a.com", "/x", headers), new StreamInfo(), 0);
    return Objects.requireNonNull(match).route().action();
  }
}

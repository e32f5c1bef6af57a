package dev.outrider.proxy.routing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.runtime.KeyedShare;
import dev.outrider.proxy.runtime.RuntimeLayer;
import dev.outrider.proxy.runtime.RuntimeSnapshot;
import dev.outrider.proxy.runtime.RuntimeValue;
import dev.outrider.proxy.stream.FilterState;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteConditionTest {
  private final StreamInfo info = new StreamInfo();

  private boolean takes(RouteCondition condition, long random, String path, String... headers) {
    var matcher =
        new RouteMatcher(new PathMatcher.Prefix("/", true), List.of(), List.of(condition));
    var route = new Route("", matcher, RouteAction.Forward.to("c"));
    var table = new RouteTable("t", List.of(new VirtualHost("v", List.of("*"), List.of(route))));
    return table.match(Heads.request("h", path, headers), info, random) != null;
  }

  @ParameterizedTest
  @CsvSource({
    "/?a=1, true",
    "/?b=2&a=1, true",
    "/?a=2&a=1, false",
    "/?a=1&a=2, true",
    "/?A=1, false",
    "/?aa=1, false",
    "/?a=1=1, false",
    "/?a=%31, false",
    "/?a, false",
    "/a=1, false",
    "/?, false",
    "/?&&a=1, true",
    "/?x?a=1, false"
  })
  void asksForTheFirstParameterOfTheName(String path, boolean taken) {
    var condition = new RouteCondition.Query("a", new ValueMatcher.Exact("1", false));

    assertThat(takes(condition, 0, path)).isEqualTo(taken);
  }

  @Test
  void asksWhetherAParameterIsThere() {
    var present = new RouteCondition.Query("a", new ValueMatcher.Presence(true));
    var absent = new RouteCondition.Query("a", new ValueMatcher.Presence(false));

    for (var path : List.of("/?a", "/?a=", "/?a=1", "/?b&a&c")) {
      assertThat(takes(present, 0, path)).isTrue();
      assertThat(takes(absent, 0, path)).isFalse();
    }
    for (var path : List.of("/", "/?b", "/?b=a")) {
      assertThat(takes(present, 0, path)).isFalse();
      assertThat(takes(absent, 0, path)).isTrue();
    }
  }

  @Test
  void aParameterWithoutAValueHasAnEmptyOne() {
    var empty = new RouteCondition.Query("a", new ValueMatcher.Exact("", false));

    assertThat(takes(empty, 0, "/?a")).isTrue();
    assertThat(takes(empty, 0, "/?a=&b=1")).isTrue();
    assertThat(takes(empty, 0, "/?a=1")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "application/grpc, true",
    "application/grpc+proto, true",
    "application/grpc-web, false",
    "application/json, false"
  })
  void asksForGrpc(String type, boolean taken) {
    assertThat(takes(new RouteCondition.Grpc(), 0, "/", "content-type", type)).isEqualTo(taken);
    assertThat(takes(new RouteCondition.Grpc(), 0, "/")).isFalse();
  }

  @Test
  void aPlainTextClientHasShownNoCertificate() {
    assertThat(takes(new RouteCondition.ClientCertificate(true, null), 0, "/")).isFalse();
    assertThat(takes(new RouteCondition.ClientCertificate(null, true), 0, "/")).isFalse();
    assertThat(takes(new RouteCondition.ClientCertificate(false, false), 0, "/")).isTrue();
    assertThat(takes(new RouteCondition.ClientCertificate(null, null), 0, "/")).isTrue();
  }

  @Test
  void takesAPartOfTheRequests() {
    var quarter = new RouteCondition.Fraction(25, 100);

    assertThat(takes(quarter, 24, "/")).isTrue();
    assertThat(takes(quarter, 25, "/")).isFalse();
    assertThat(takes(quarter, 124, "/")).isTrue();
    assertThat(takes(quarter, -1, "/")).isTrue(); // 2^64-1 modulo 100 is 15
    assertThat(takes(new RouteCondition.Fraction(0, 100), 0, "/")).isFalse();
    assertThat(takes(new RouteCondition.Fraction(100, 100), 99, "/")).isTrue();
  }

  @Test
  void takesThePartThatTheRuntimeSays() {
    var part = new RouteCondition.Fraction(new KeyedShare("k", 0, 10_000));
    assertThat(takes(part, 0, "/")).isFalse();

    info.runtime(
        new RuntimeSnapshot(List.of(new RuntimeLayer("l", Map.of("k", RuntimeValue.of(30))))));

    assertThat(takes(part, 29, "/")).isTrue();
    assertThat(takes(part, 30, "/")).isFalse();
    assertThat(takes(new RouteCondition.Fraction(0, 100), 0, "/")).isFalse();
  }

  @Test
  void asksForWhatAFilterLeft() {
    var condition = new RouteCondition.Kept("k", new ValueMatcher.Prefix("va", false));
    assertThat(takes(condition, 0, "/")).isFalse();

    info.keep(
        new FilterState.Entry(
            "k".getBytes(UTF_8), "value".getBytes(UTF_8), FilterState.Shape.DEFAULT));

    assertThat(takes(condition, 0, "/")).isTrue();
    assertThat(takes(new RouteCondition.Kept("l", condition.value()), 0, "/")).isFalse();
  }
}

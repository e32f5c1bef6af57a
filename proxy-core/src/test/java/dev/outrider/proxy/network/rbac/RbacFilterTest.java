package dev.outrider.proxy.network.rbac;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.TextFormat;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.filter.network.ConnectionEnd;
import dev.outrider.proxy.filter.network.ConnectionFilters;
import dev.outrider.proxy.filter.network.FakeNetworkHost;
import dev.outrider.proxy.filter.network.NetworkFilterFactory;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatValue;
import io.envoyproxy.envoy.extensions.filters.network.rbac.v3.RBAC;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RbacFilterTest {
  private static final String EVERYBODY =
      "{ policies { key: 'all' value { permissions { any: true } principals { any: true } } } }";
  private static final String NOBODY = "{ }";

  private final FakeNetworkHost host = new FakeNetworkHost();
  private final MetricRegistry registry = new MetricRegistry(1);
  private final ConnectionFilters filters = new ConnectionFilters(host, 1 << 20);

  @AfterEach
  void end() {
    filters.end(ConnectionEnd.REMOTE);
    assertThat(host.loop.armedTimers()).isZero();
  }

  private Parsed<NetworkFilterFactory> parse(String text) {
    try {
      return new RbacFilterProvider(registry)
          .parse(
              Any.pack(TextFormat.parse(text, RBAC.class)),
              new ParseContext("listener 'l'", "typed_config", "rbac"))
          .toCompletableFuture()
          .join();
    } catch (TextFormat.ParseException e) {
      throw new AssertionError(text, e);
    }
  }

  private void start(String text) {
    if (parse(text) instanceof Parsed.Valid<NetworkFilterFactory>(var factory)
        && factory instanceof RbacFilterProvider.Factory made) {
      assertThat(factory.terminal()).isFalse();
      filters.add(new WorkerRbacFilter(made.spec(), host.loop, registry));
      filters.start();
      host.loop.runTasks();
    } else {
      throw new AssertionError(parse(text).problems());
    }
  }

  private void send(String text) {
    filters.onRead(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8), false);
    host.loop.runTasks();
  }

  private long stat(String name) {
    for (var value : registry.snapshot()) {
      if (value instanceof StatValue.Scalar number && number.name().equals(name)) {
        return number.value();
      }
    }
    return -1;
  }

  @Test
  void looksWhenTheFirstBytesHaveCome() {
    start("stat_prefix: 'tcp.' rules " + EVERYBODY);
    assertThat(stat("tcp.rbac.allowed")).isLessThanOrEqualTo(0);

    send("a");
    send("b");

    assertThat(host.events).containsExactly("read ab");
    assertThat(stat("tcp.rbac.allowed")).isEqualTo(1);
  }

  @Test
  void looksAgainAndAgainWhereThatIsAskedFor() {
    start("stat_prefix: 'p' enforcement_type: CONTINUOUS rules " + EVERYBODY);

    send("a");
    send("b");

    assertThat(stat("p.rbac.allowed")).isEqualTo(2);
  }

  @Test
  void closesWhomTheRulesDoNotName() {
    start("stat_prefix: 'p' rules " + NOBODY);

    send("a");
    send("b");

    assertThat(host.events).containsExactly("close NO_FLUSH rbac_deny_close");
    assertThat(host.info().connectionTermination())
        .isEqualTo("rbac_access_denied_matched_policy[none]");
    assertThat(stat("p.rbac.denied")).isEqualTo(1);
  }

  @Test
  void keepsARefusedClientForAWhileWhereThatIsAskedFor() {
    start(
        "stat_prefix: 'p' enforcement_type: CONTINUOUS delay_deny { seconds: 2 } rules " + NOBODY);

    send("a");
    send("b");
    assertThat(host.events).isEmpty();
    host.loop.advance(Duration.ofMillis(2_100));

    assertThat(host.events).containsExactly("close NO_FLUSH rbac_deny_close");
    assertThat(stat("p.rbac.denied")).isEqualTo(1);
  }

  @Test
  void aClientThatLeavesMeanwhileIsNotWaitedFor() {
    start("stat_prefix: 'p' delay_deny { seconds: 2 } rules " + NOBODY);

    send("a");

    assertThat(host.loop.armedTimers()).isEqualTo(1); // and none after the end, see above
  }

  @Test
  void shadowRulesAreOnlyCounted() {
    start("stat_prefix: 'p' shadow_rules_stat_prefix: 's.' shadow_rules " + NOBODY);

    send("a");
    send("b");

    assertThat(host.events).containsExactly("read ab");
    assertThat(stat("p.rbac.s.shadow_denied")).isEqualTo(1);
    assertThat(stat("p.rbac.denied")).isLessThanOrEqualTo(0);
  }

  @Test
  void everybodyMayPassWithoutRules() {
    start("stat_prefix: 'p'");

    send("a");

    assertThat(host.events).containsExactly("read a");
    assertThat(stat("p.rbac.allowed")).isLessThanOrEqualTo(0);
  }

  @Test
  void refusesMatcherTreesAndWhatTheRulesCannotSay() {
    List<String> problems =
        parse(
                "stat_prefix: 'p' matcher { } shadow_matcher { } rules { action: LOG policies {"
                    + " key: 'p' value { permissions { header { name: 'a' present_match: true } }"
                    + " principals { any: true } } } }")
            .problems()
            .stream()
            .map(ConfigProblem::text)
            .toList();

    assertThat(problems)
        .containsExactly(
            "listener 'l': typed_config.matcher: is not supported",
            "listener 'l': typed_config.shadow_matcher: is not supported",
            "listener 'l': typed_config.rules.action: is not supported",
            "listener 'l': typed_config.rules.policies['p'].permissions[0].header: Found header(a)"
                + " rule,not supported by RBAC network filter");
  }
}

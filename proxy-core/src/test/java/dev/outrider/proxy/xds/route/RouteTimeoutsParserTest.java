package dev.outrider.proxy.xds.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteTimeouts;
import dev.outrider.proxy.routing.RouteTimeouts.GrpcCap;
import dev.outrider.proxy.routing.RouteTimeouts.StreamDuration;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.resource.Resource.RoutesResource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RouteTimeoutsParserTest {
  private static String table(String action) {
    return "{name: r, virtual_hosts: [{name: h, domains: ['*'], routes: [{match: {prefix: /}, route: {cluster: c, %s}}]}]}"
        .formatted(action);
  }

  private static RouteTimeouts timeouts(String action) {
    var read = ((RoutesResource) Yaml.valid(ResourceKind.ROUTES, table(action))).table();
    return ((RouteAction.Forward) read.virtualHosts().getFirst().routes().getFirst().action())
        .timeouts();
  }

  @Test
  void readsWhatIsSaid() {
    assertThat(
            timeouts(
                """
                timeout: 0s, idle_timeout: 1s, flush_timeout: 2s,
                max_stream_duration: {max_stream_duration: 3s, grpc_timeout_header_max: 0s, grpc_timeout_header_offset: 0.1s},
                max_grpc_timeout: 5s, grpc_timeout_offset: 0.2s
                """))
        .isEqualTo(
            new RouteTimeouts(
                Duration.ZERO,
                Duration.ofSeconds(1),
                Duration.ofSeconds(2),
                new StreamDuration(Duration.ofSeconds(3), Duration.ZERO, Duration.ofMillis(100)),
                new GrpcCap(Duration.ofSeconds(5), Duration.ofMillis(200))));
  }

  @Test
  void saysNothingOfWhatIsNotSaid() {
    assertThat(timeouts("")).isEqualTo(RouteTimeouts.DEFAULT);
    assertThat(timeouts("max_stream_duration: {}").stream())
        .isEqualTo(new StreamDuration(null, null, null));
    assertThat(timeouts("max_grpc_timeout: 0s").grpc())
        .isEqualTo(new GrpcCap(Duration.ZERO, Duration.ZERO));
  }

  @Test
  void refusesATimeBeforeNow() {
    assertThat(
            Yaml.problems(
                ResourceKind.ROUTES,
                table("flush_timeout: -1s, max_stream_duration: {max_stream_duration: -1s}")))
        .containsExactly(
            "virtual_hosts[0].routes[0].route.flush_timeout: value must be greater than or equal to"
                + " 0s",
            "virtual_hosts[0].routes[0].route.max_stream_duration.max_stream_duration: value must"
                + " be greater than or equal to 0s");
  }
}

package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.outrider.proxy.accesslog.LogFiles;
import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.EndpointMetadata;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HealthStatus;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.LbMetadata;
import dev.outrider.proxy.cluster.Locality;
import dev.outrider.proxy.health.CheckEvent;
import dev.outrider.proxy.health.CheckEvent.Kind;
import dev.outrider.proxy.health.FailureKind;
import dev.outrider.proxy.health.PayloadPattern;
import dev.outrider.proxy.health.ProbeSpec;
import dev.outrider.proxy.loop.FakeClock;
import dev.outrider.proxy.metrics.MetricRegistry;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The lines are those of an Envoy 1.40 but for `http_status_code`, which the schema does not have.
class CheckLogsTest {
  private static final ProbeSpec TCP = new ProbeSpec.Tcp(new byte[0], PayloadPattern.ANY);
  private static final ProbeSpec GRPC = new ProbeSpec.Grpc("", "", List.of());
  private static final String HOST =
      "\"host\":{\"socket_address\":{\"protocol\":\"TCP\",\"address\":\"127.0.0.1\",\"port_value\":9972,"
          + "\"resolver_name\":\"\",\"ipv4_compat\":false,\"network_namespace_filepath\":\"\"}},";
  private static final String NOWHERE =
      "\"locality\":{\"region\":\"\",\"zone\":\"\",\"sub_zone\":\"\"}";

  private final FakeClock clock = new FakeClock();

  private static Endpoint endpoint(HostPort address, Locality locality, Metadata metadata) {
    var said = dev.outrider.proxy.cluster.Metadata.of(metadata.toByteArray());
    var spec =
        new EndpointSpec(
            address,
            "h",
            1,
            0,
            locality,
            HealthStatus.UNKNOWN,
            EndpointMetadata.of(said, dev.outrider.proxy.cluster.Metadata.NONE, LbMetadata.NONE));
    return EndpointSet.next(null, "up", new Assignment("up", List.of(spec)), 1)
        .endpoints()
        .getFirst();
  }

  private static Endpoint plain() {
    return endpoint(new HostPort("127.0.0.1", 9972), Locality.NONE, Metadata.getDefaultInstance());
  }

  private String text(
      Kind kind, ProbeSpec probe, Endpoint endpoint, @Nullable FailureKind failure, boolean first) {
    var text =
        CheckEventText.of(new CheckEvent(kind, probe, "up", endpoint, failure, first), clock);
    return text.replaceFirst("\"timestamp\":\"[-0-9T:.]+Z\"", "T");
  }

  @Test
  void writesThatAHostIsUnfit() {
    assertThat(text(Kind.EJECT, TCP, plain(), FailureKind.NETWORK_TIMEOUT, false))
        .isEqualTo(
            "{\"health_checker_type\":\"TCP\","
                + HOST
                + "\"cluster_name\":\"up\",\"eject_unhealthy_event\":{\"failure_type\":\"NETWORK_TIMEOUT\"},T,"
                + NOWHERE
                + "}");
  }

  @Test
  void writesThatAHostIsFit() {
    assertThat(text(Kind.ADD, GRPC, plain(), null, true))
        .isEqualTo(
            "{\"health_checker_type\":\"GRPC\","
                + HOST
                + "\"cluster_name\":\"up\",\"add_healthy_event\":{\"first_check\":true},T,"
                + NOWHERE
                + "}");
  }

  @Test
  void writesWhatIsKnownOfTheHost() {
    var values =
        Struct.newBuilder()
            .putFields("b", Value.newBuilder().setStringValue("c").build())
            .putFields("n", Value.newBuilder().setNumberValue(1).build())
            .putFields(
                "l",
                Value.newBuilder()
                    .setListValue(
                        ListValue.newBuilder()
                            .addValues(Value.newBuilder().setBoolValue(true))
                            .addValues(Value.newBuilder().setNumberValue(1.5)))
                    .build())
            .build();
    var host =
        endpoint(
            new HostPort("127.0.0.1", 9972),
            new Locality("r", "z", ""),
            Metadata.newBuilder().putFilterMetadata("a", values).build());

    assertThat(text(Kind.FAILURE, TCP, host, FailureKind.NETWORK, true))
        .endsWith(
            "\"cluster_name\":\"up\",T,\"health_check_failure_event\":{\"failure_type\":\"NETWORK\","
                + "\"first_check\":true},\"metadata\":{\"filter_metadata\":{\"a\":{\"b\":\"c\",\"n\":1,"
                + "\"l\":[true,1.5]}},\"typed_filter_metadata\":{}},"
                + "\"locality\":{\"region\":\"r\",\"zone\":\"z\",\"sub_zone\":\"\"}}");
  }

  @Test
  void writesWhatElseIsFound() {
    assertThat(text(Kind.DEGRADED, TCP, plain(), null, false))
        .endsWith("T,\"degraded_healthy_host\":{}," + NOWHERE + "}");
    assertThat(text(Kind.NO_LONGER_DEGRADED, TCP, plain(), null, false))
        .endsWith("T,\"no_longer_degraded_host\":{}," + NOWHERE + "}");
    assertThat(text(Kind.SUCCESS, TCP, plain(), null, false))
        .endsWith("T," + NOWHERE + ",\"successful_health_check_event\":{}}");
  }

  @Test
  void namesASocketInTheFileSystem() {
    var host = endpoint(HostPort.pipe("/run/a"), Locality.NONE, Metadata.getDefaultInstance());

    assertThat(text(Kind.ADD, TCP, host, null, true))
        .contains("\"host\":{\"pipe\":{\"path\":\"/run/a\",\"mode\":0}}");
  }

  @Test
  void writesALineToEachFile(@TempDir Path folder) throws IOException {
    var files = new LogFiles(Duration.ofHours(1), new MetricRegistry(1));
    var paths = List.of(folder.resolve("a"), folder.resolve("b"));
    var log =
        new CheckLogs(files, clock, Runnable::run)
            .open(paths.stream().map(Path::toString).toList());

    log.onEvent(new CheckEvent(Kind.ADD, TCP, "up", plain(), null, true));
    log.onEvent(new CheckEvent(Kind.EJECT, TCP, "up", plain(), FailureKind.ACTIVE, false));
    log.close();

    for (var path : paths) {
      assertThat(Files.readAllLines(path)).hasSize(2).allMatch(line -> line.endsWith("}"));
    }
  }
}

package dev.outrider.proxy.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.check.SchemaValidator;
import dev.outrider.proxy.extension.schema.Schema;
import dev.outrider.proxy.extension.text.ConfigReader;
import dev.outrider.proxy.extension.text.ConfigText;
import dev.outrider.proxywasm.host.CallLimits;
import dev.outrider.proxywasm.host.Capabilities;
import dev.outrider.proxywasm.host.PluginLimits;
import dev.outrider.proxywasm.host.VmLimits;
import io.envoyproxy.envoy.extensions.filters.http.wasm.v3.Wasm;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Outrider's message around a guest's configuration, as a user writes it.
class GuestConfigTest {
  private static final Schema SCHEMA = Schema.load();
  private static final String WASM = "envoy.extensions.filters.http.wasm.v3.Wasm";
  private static final ParseContext CONTEXT =
      new ParseContext("listener 'main'", "http_filters[0].typed_config", "p");

  @Test
  void aGuestWithoutItHasTheDefaults() throws Exception {
    var settings = valid("{\"@type\": type.googleapis.com/google.protobuf.StringValue, value: hi}");

    assertThat(text(settings)).isEqualTo("hi");
    assertThat(settings.vm().limits()).isEqualTo(VmLimits.DEFAULT);
    assertThat(settings.plugin().limits()).isEqualTo(PluginLimits.DEFAULT);
  }

  @Test
  void theGuestReadsWhatStandsInside() throws Exception {
    var settings =
        valid(
            guestConfig(
                "configuration: {\"@type\": type.googleapis.com/google.protobuf.StringValue,"
                    + " value: hi}"));

    assertThat(text(settings)).isEqualTo("hi");
    assertThat(settings.vm().limits()).isEqualTo(VmLimits.DEFAULT);
    assertThat(settings.plugin().limits()).isEqualTo(PluginLimits.DEFAULT);
  }

  @Test
  void aGuestWithoutAConfigurationOfItsOwnReadsNothing() throws Exception {
    assertThat(text(valid(guestConfig("limits: {}")))).isEmpty();
  }

  @Test
  void everyLimitCanBeChosen() throws Exception {
    var settings =
        valid(
            guestConfig(
                """
                limits: {request_cpu: 0.05s, start_cpu: 2s, tick_cpu: 0.3s, wall: 9s, pause: 20s,
                  memory_bytes: 1048576, block_bytes: 131072, callouts: 7, callout_bytes: 70000,
                  log_lines_per_second: 5, shared_data_bytes: 3000, shared_queue_bytes: 4000}
                """));

    assertThat(settings.plugin().limits())
        .isEqualTo(
            new PluginLimits(
                new CallLimits(
                    Duration.ofMillis(50),
                    Duration.ofSeconds(2),
                    Duration.ofMillis(300),
                    Duration.ofSeconds(9)),
                Duration.ofSeconds(20),
                7,
                70_000,
                5));
    assertThat(settings.vm().limits())
        .isEqualTo(
            new VmLimits(
                1 << 20, Duration.ofSeconds(2), Duration.ofSeconds(9), 131_072, 3_000, 4_000));
  }

  @Test
  void zeroMeansNoneWhereNoneIsPossible() throws Exception {
    var settings =
        valid(
            guestConfig(
                "limits: {callouts: 0, callout_bytes: 0, log_lines_per_second: 0,"
                    + " shared_data_bytes: 0, shared_queue_bytes: 0}"));

    assertThat(settings.plugin().limits())
        .isEqualTo(new PluginLimits(CallLimits.DEFAULT, PluginLimits.DEFAULT.pause(), 0, 0, 0));
    assertThat(settings.vm().limits().maxSharedDataBytes()).isZero();
    assertThat(settings.vm().limits().maxSharedQueueBytes()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "request_cpu: 0s      | request_cpu: value must be inside range [0.001s, 60s], found 0s",
        "request_cpu: 61s     | request_cpu: value must be inside range [0.001s, 60s], found 61s",
        "start_cpu: 0.009s    | start_cpu: value must be inside range [0.01s, 600s], found 0.009s",
        "tick_cpu: 0.0009s    | tick_cpu: value must be inside range [0.001s, 60s], found 0.0009s",
        "wall: 0.05s          | wall: value must be inside range [0.1s, 3600s], found 0.05s",
        "pause: 0.001s        | pause: value must be inside range [0.01s, 86400s], found 0.001s",
        "memory_bytes: 1      | memory_bytes: value must be inside range [65536, 2147418112], found"
            + " 1",
        "block_bytes: 65535   | block_bytes: value must be inside range [65536, 1073741824], found"
            + " 65535",
        "callouts: 1000001    | callouts: value must be less than or equal to 1000000, found"
            + " 1000001",
        "callout_bytes: 1073741825 | callout_bytes: value must be less than or equal to 1073741824,"
            + " found 1073741825",
        "log_lines_per_second: 1000001 | log_lines_per_second: value must be less than or equal to"
            + " 1000000, found 1000001",
        "shared_data_bytes: 1073741825 | shared_data_bytes: value must be less than or equal to"
            + " 1073741824, found 1073741825",
        "shared_queue_bytes: 1073741825 | shared_queue_bytes: value must be less than or equal to"
            + " 1073741824, found 1073741825",
        "{request_cpu: 20s, wall: 10s, start_cpu: 1s} | request_cpu: 20.0s of CPU time cannot pass"
            + " in 10.0s of elapsed time (wall); raise wall or lower it",
        "{start_cpu: 90s}     | start_cpu: 90.0s of CPU time cannot pass in 60.0s of elapsed time"
            + " (wall); raise wall or lower it",
        "{tick_cpu: 2s, wall: 1s, start_cpu: 1s} | tick_cpu: 2.0s of CPU time cannot pass in 1.0s"
            + " of elapsed time (wall); raise wall or lower it",
      })
  void saysWhichLimitIsOutOfRange(String limit, String problem) throws Exception {
    var limits = limit.startsWith("{") ? limit : "{" + limit + "}";

    assertThat(problems(guestConfig("limits: " + limits), ""))
        .containsExactly(
            "listener 'main': http_filters[0].typed_config.config.configuration.limits." + problem);
  }

  @Test
  void aGuestCanBeDeniedEverythingThatIsNotNamed() throws Exception {
    var some =
        valid(
            guestConfig(
                "capabilities: {profile: DENY_BY_DEFAULT, allowed: [proxy_log, proxy_on_tick]}"));
    var none = valid(guestConfig("capabilities: {profile: DENY_BY_DEFAULT}"));
    var all = valid(guestConfig("capabilities: {profile: ALL}"));

    assertThat(some.vm().capabilities())
        .isEqualTo(Capabilities.only(Set.of("proxy_log", "proxy_on_tick")));
    assertThat(none.vm().capabilities()).isEqualTo(Capabilities.only(Set.of()));
    assertThat(all.vm().capabilities()).isEqualTo(Capabilities.ALL);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{profile: ALL, allowed: [proxy_log]} | capabilities.allowed: has no effect under profile"
            + " ALL; choose DENY_BY_DEFAULT",
        "{profile: DENY_BY_DEFAULT, allowed: [malloc]} | capabilities.allowed: 'malloc' is no"
            + " function of the ABI that could be denied; functions of the host are named as the"
            + " guest imports them (proxy_log, fd_write), callbacks as it exports them"
            + " (proxy_on_request_headers)",
        "{profile: DENY_BY_DEFAULT, allowed: [proxy_log, proxy_log]} | capabilities.allowed[1]:"
            + " repeated value must contain unique items",
      })
  void saysWhatIsWrongWithCapabilities(String capabilities, String problem) throws Exception {
    assertThat(problems(guestConfig("capabilities: " + capabilities), ""))
        .containsExactly(
            "listener 'main': http_filters[0].typed_config.config.configuration." + problem);
  }

  @Test
  void capabilitiesStandInOnePlaceOnly() throws Exception {
    var both =
        guestConfig("capabilities: {profile: ALL}")
            + ", capability_restriction_config: {allowed_capabilities: {proxy_log: {}}}";

    assertThat(problems(both, ""))
        .containsExactly(
            "listener 'main': http_filters[0].typed_config.config.capability_restriction_config:"
                + " cannot be combined with configuration.capabilities; keep one of them");
  }

  @Test
  void cannotStandInItselfOrAroundTheConfigurationOfTheVm() throws Exception {
    var inner = guestConfig("limits: {}");

    assertThat(problems(guestConfig("configuration: " + inner), ""))
        .singleElement()
        .asString()
        .contains("config.configuration.configuration: is a outrider.wasm.v1.GuestConfig");
    assertThat(problems("{}", "configuration: " + inner + ", "))
        .singleElement()
        .asString()
        .contains("config.vm_config.configuration: limits and capabilities belong in");
  }

  private static String guestConfig(String fields) {
    return "{\"@type\": type.googleapis.com/outrider.wasm.v1.GuestConfig, " + fields.strip() + "}";
  }

  private static String text(PluginSettings settings) {
    return new String(settings.plugin().configuration(), StandardCharsets.UTF_8);
  }

  private static PluginSettings valid(String configuration) throws Exception {
    var wire = wire(configuration, "");
    assertThat(new SchemaValidator(SCHEMA).validate(WASM, wire, "listener 'main'")).isEmpty();
    return switch (PluginConfigParser.parse(Wasm.parseFrom(wire).getConfig(), CONTEXT)) {
      case Parsed.Valid<PluginSettings>(var settings) -> settings;
      case Parsed.Invalid<PluginSettings>(var problems) -> throw new AssertionError(problems);
    };
  }

  /// What the schema finds, then what the parser does, as the two run on a configuration.
  private static List<String> problems(String configuration, String vmConfig) throws Exception {
    var wire = wire(configuration, vmConfig);
    var texts = new ArrayList<String>();
    for (var problem : new SchemaValidator(SCHEMA).validate(WASM, wire, "listener 'main'")) {
      texts.add(CONTEXT.problem(problem.field(), problem.message()).text());
    }
    if (texts.isEmpty()) {
      PluginConfigParser.parse(Wasm.parseFrom(wire).getConfig(), CONTEXT).problems().stream()
          .map(ConfigProblem::text)
          .forEach(texts::add);
    }
    return texts;
  }

  private static byte[] wire(String configuration, String vmConfig) {
    var yaml =
        "config: {configuration: %s, vm_config: {%scode: {local: {filename: a}}}}"
            .formatted(configuration, vmConfig);
    return switch (new ConfigReader(SCHEMA).read(ConfigText.yaml("p", yaml), WASM)) {
      case Parsed.Valid<byte[]>(var bytes) -> bytes;
      case Parsed.Invalid<byte[]>(var problems) -> throw new AssertionError(problems);
    };
  }
}

package dev.outrider.proxy.wasm;

import com.google.protobuf.Any;
import com.google.protobuf.BytesValue;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.StringValue;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.wasm.PluginSettings.Code;
import dev.outrider.proxywasm.CapabilityNames;
import dev.outrider.proxywasm.PluginSpec;
import dev.outrider.proxywasm.VmSpec;
import dev.outrider.proxywasm.host.Capabilities;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.extensions.wasm.v3.EnvironmentVariables;
import io.envoyproxy.envoy.extensions.wasm.v3.PluginConfig;
import io.envoyproxy.envoy.extensions.wasm.v3.VmConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Checks one `PluginConfig` and collects everything that is wrong with it.
final class PluginConfigParser {
  /// All of them mean "the engine there is"; `null` would be code compiled into Envoy.
  private static final Set<String> RUNTIMES =
      Set.of("", "envoy.wasm.runtime.v8", "envoy.wasm.runtime.wasmtime", "envoy.wasm.runtime.wamr");

  private static final long RELOAD_MILLIS = 1000;

  private final ParseContext context;
  private final List<ConfigProblem> problems = new ArrayList<>();

  private PluginConfigParser(ParseContext context) {
    this.context = context;
  }

  static Parsed<PluginSettings> parse(PluginConfig config, ParseContext context) {
    return new PluginConfigParser(context).parse(config);
  }

  private Parsed<PluginSettings> parse(PluginConfig config) {
    var code = code(config.getVmConfig());
    var policy = policy(config);
    var opened = GuestConfigParser.open(config.getConfiguration(), this::problem);
    var plugin =
        new PluginSpec(
            config.getName(),
            config.getRootId(),
            bytes(opened.configuration(), "config.configuration"),
            config.getAllowOnHeadersStopIteration().getValue(),
            opened.plugin());
    if (GuestConfigParser.isGuestConfig(config.getVmConfig().getConfiguration())) {
      problem(
          "config.vm_config.configuration",
          "limits and capabilities belong in config.configuration, one plugin's each");
    }
    var vm =
        new VmSpec(
            config.getVmConfig().getVmId(),
            bytes(config.getVmConfig().getConfiguration(), "config.vm_config.configuration"),
            environment(config.getVmConfig()),
            opened.vm(),
            capabilities(config, opened));
    return code == null || !problems.isEmpty()
        ? new Parsed.Invalid<>(problems)
        : new Parsed.Valid<>(new PluginSettings(plugin, vm, code, policy, reloadMillis(config)));
  }

  private @Nullable Code code(VmConfig vm) {
    if (!RUNTIMES.contains(vm.getRuntime())) {
      problem(
          "config.vm_config.runtime",
          "'"
              + vm.getRuntime()
              + "' is not a Wasm runtime; leave it empty or use envoy.wasm.runtime.v8");
    }
    return switch (vm.getCode().getSpecifierCase()) {
      case LOCAL -> local(vm.getCode().getLocal());
      case REMOTE ->
          RemoteCodeParser.parse(
              vm.getCode().getRemote(), vm.getNackOnCodeCacheMiss(), this::problem);
      case SPECIFIER_NOT_SET -> {
        problem("config.vm_config.code", "no module: set local.filename or local.inline_bytes");
        yield null;
      }
    };
  }

  private @Nullable Code local(DataSource source) {
    var field = "config.vm_config.code.local";
    return switch (source.getSpecifierCase()) {
      case FILENAME -> new Code.File(Path.of(source.getFilename()));
      case INLINE_BYTES -> new Code.Inline(source.getInlineBytes().toByteArray());
      case INLINE_STRING -> new Code.Inline(source.getInlineStringBytes().toByteArray());
      case ENVIRONMENT_VARIABLE -> {
        problem(field + ".environment_variable", "a module cannot come from there; use filename");
        yield null;
      }
      case SPECIFIER_NOT_SET -> {
        problem(field, "no module: set filename or inline_bytes");
        yield null;
      }
    };
  }

  @SuppressWarnings("deprecation") // configurations out there still set it
  private static boolean failOpen(PluginConfig config) {
    return config.getFailOpen();
  }

  private FailurePolicy policy(PluginConfig config) {
    if (failOpen(config)) {
      if (config.getFailurePolicyValue() != 0) {
        problem("config.fail_open", "cannot be combined with failure_policy; keep failure_policy");
      }
      return FailurePolicy.FAIL_OPEN_AT_ONCE;
    }
    return switch (config.getFailurePolicy()) {
      case UNSPECIFIED, FAIL_CLOSED -> FailurePolicy.FAIL_CLOSED;
      case FAIL_RELOAD -> FailurePolicy.FAIL_RELOAD;
      case FAIL_OPEN -> FailurePolicy.FAIL_OPEN;
      case UNRECOGNIZED -> {
        problem("config.failure_policy", "unknown value " + config.getFailurePolicyValue());
        yield FailurePolicy.FAIL_CLOSED;
      }
    };
  }

  private static long reloadMillis(PluginConfig config) {
    var backoff = config.getReloadConfig().getBackoff();
    if (!backoff.hasBaseInterval()) {
      return RELOAD_MILLIS;
    }
    var base = backoff.getBaseInterval();
    return Math.max(1, base.getSeconds() * 1000 + base.getNanos() / 1_000_000);
  }

  /// Envoy 1.40: the text or bytes inside the two wrappers; of any other message its encoding.
  private byte[] bytes(Any configuration, String field) {
    try {
      return switch (ProviderRegistry.typeName(configuration.getTypeUrl())) {
        case "google.protobuf.StringValue" ->
            StringValue.parseFrom(configuration.getValue()).getValueBytes().toByteArray();
        case "google.protobuf.BytesValue" ->
            BytesValue.parseFrom(configuration.getValue()).getValue().toByteArray();
        default -> configuration.getValue().toByteArray();
      };
    } catch (InvalidProtocolBufferException malformed) {
      problem(field, "is not a " + configuration.getTypeUrl() + ": " + malformed.getMessage());
      return new byte[0];
    }
  }

  /// The sanitization that each name carries is empty, as in Envoy.
  private Capabilities capabilities(PluginConfig config, GuestConfigParser.Opened opened) {
    var allowed = config.getCapabilityRestrictionConfig().getAllowedCapabilitiesMap().keySet();
    var chosen = opened.capabilities();
    if (chosen != null) {
      if (!allowed.isEmpty()) {
        problem(
            "config.capability_restriction_config",
            "cannot be combined with configuration.capabilities; keep one of them");
      }
      return chosen;
    }
    for (var name : allowed) {
      if (!CapabilityNames.all().contains(name)) {
        GuestLogSink.LOG.warn(
            "plugin {}: capability_restriction_config allows '{}', which is no function of the ABI:"
                + " it grants nothing",
            config.getName(),
            name);
      }
    }
    return Capabilities.orAll(allowed);
  }

  private Map<String, String> environment(VmConfig vm) {
    if (!vm.hasEnvironmentVariables()) {
      return Map.of();
    }
    EnvironmentVariables configured = vm.getEnvironmentVariables();
    var environment = new LinkedHashMap<String, String>();
    for (var key : configured.getHostEnvKeysList()) {
      var value = System.getenv(key);
      if (value != null && environment.put(key, value) != null) {
        duplicate(key);
      }
    }
    configured
        .getKeyValuesMap()
        .forEach(
            (key, value) -> {
              if (configured.getHostEnvKeysList().contains(key)) {
                duplicate(key);
              }
              environment.put(key, value);
            });
    return environment;
  }

  private void duplicate(String key) {
    problem("config.vm_config.environment_variables", "key '" + key + "' is given twice");
  }

  private void problem(String field, String message) {
    problems.add(context.problem(field, message));
  }
}

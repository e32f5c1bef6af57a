package dev.outrider.proxy.wasm;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.UInt64Value;
import dev.outrider.proto.wasm.v1.GuestCapabilities;
import dev.outrider.proto.wasm.v1.GuestConfig;
import dev.outrider.proto.wasm.v1.GuestLimits;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxywasm.CapabilityNames;
import dev.outrider.proxywasm.host.CallLimits;
import dev.outrider.proxywasm.host.Capabilities;
import dev.outrider.proxywasm.host.PluginLimits;
import dev.outrider.proxywasm.host.VmLimits;
import java.time.Duration;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// Opens the `outrider.wasm.v1.GuestConfig` that may stand around a guest's configuration. The
/// ranges of single fields are the schema's (`guest_config.proto`) and have been checked; here is
/// what concerns two of them.
final class GuestConfigParser {
  private static final String TYPE = "outrider.wasm.v1.GuestConfig";
  private static final String FIELD = "config.configuration";

  /// What stood there.
  ///
  /// @param configuration the guest's own
  /// @param capabilities null leaves them to Envoy's field
  record Opened(
      Any configuration, VmLimits vm, PluginLimits plugin, @Nullable Capabilities capabilities) {
    static Opened plain(Any configuration) {
      return new Opened(configuration, VmLimits.DEFAULT, PluginLimits.DEFAULT, null);
    }
  }

  private GuestConfigParser() {}

  static boolean isGuestConfig(Any configuration) {
    return ProviderRegistry.typeName(configuration.getTypeUrl()).equals(TYPE);
  }

  /// @param problems takes the field and what is wrong with it
  static Opened open(Any configuration, BiConsumer<String, String> problems) {
    if (!isGuestConfig(configuration)) {
      return Opened.plain(configuration);
    }
    try {
      return open(GuestConfig.parseFrom(configuration.getValue()), problems);
    } catch (InvalidProtocolBufferException malformed) {
      problems.accept(FIELD, "is not a " + TYPE + ": " + malformed.getMessage());
      return Opened.plain(Any.getDefaultInstance());
    }
  }

  private static Opened open(GuestConfig config, BiConsumer<String, String> problems) {
    if (isGuestConfig(config.getConfiguration())) {
      problems.accept(
          FIELD + ".configuration",
          "is a " + TYPE + " in another one; what the guest itself reads belongs here");
    }
    var calls = calls(config.getLimits(), problems);
    return new Opened(
        config.getConfiguration(),
        vm(config.getLimits(), calls),
        plugin(config.getLimits(), calls),
        config.hasCapabilities() ? capabilities(config.getCapabilities(), problems) : null);
  }

  /// A name that grants nothing is a mistake of whoever wrote it: nobody else writes this message.
  private static Capabilities capabilities(
      GuestCapabilities config, BiConsumer<String, String> problems) {
    var field = FIELD + ".capabilities.allowed";
    boolean denies = config.getProfile() == GuestCapabilities.Profile.DENY_BY_DEFAULT;
    if (!denies && config.getAllowedCount() > 0) {
      problems.accept(field, "has no effect under profile ALL; choose DENY_BY_DEFAULT");
    }
    for (var name : config.getAllowedList()) {
      if (!CapabilityNames.all().contains(name)) {
        problems.accept(
            field,
            "'"
                + name
                + "' is no function of the ABI that could be denied; functions of the host are"
                + " named as the guest imports them (proxy_log, fd_write), callbacks as it exports"
                + " them (proxy_on_request_headers)");
      }
    }
    return denies ? Capabilities.only(Set.copyOf(config.getAllowedList())) : Capabilities.ALL;
  }

  private static CallLimits calls(GuestLimits limits, BiConsumer<String, String> problems) {
    var usual = CallLimits.DEFAULT;
    var calls =
        new CallLimits(
            or(limits.hasRequestCpu(), limits.getRequestCpu(), usual.request()),
            or(limits.hasStartCpu(), limits.getStartCpu(), usual.start()),
            or(limits.hasTickCpu(), limits.getTickCpu(), usual.tick()),
            or(limits.hasWall(), limits.getWall(), usual.wall()));
    atMostWall("request_cpu", calls.request(), calls.wall(), problems);
    atMostWall("start_cpu", calls.start(), calls.wall(), problems);
    atMostWall("tick_cpu", calls.tick(), calls.wall(), problems);
    return calls;
  }

  private static void atMostWall(
      String field, Duration cpu, Duration wall, BiConsumer<String, String> problems) {
    if (cpu.compareTo(wall) > 0) {
      problems.accept(
          FIELD + ".limits." + field,
          "%s of CPU time cannot pass in %s of elapsed time (wall); raise wall or lower it"
              .formatted(seconds(cpu), seconds(wall)));
    }
  }

  private static String seconds(Duration duration) {
    return duration.toNanos() / 1e9 + "s";
  }

  private static VmLimits vm(GuestLimits limits, CallLimits calls) {
    var usual = VmLimits.DEFAULT;
    return new VmLimits(
        or(limits.hasMemoryBytes(), limits.getMemoryBytes(), usual.maxMemoryBytes()),
        calls.start(),
        calls.wall(),
        (int) or(limits.hasBlockBytes(), limits.getBlockBytes(), usual.maxBlockBytes()),
        or(limits.hasSharedDataBytes(), limits.getSharedDataBytes(), usual.maxSharedDataBytes()),
        or(
            limits.hasSharedQueueBytes(),
            limits.getSharedQueueBytes(),
            usual.maxSharedQueueBytes()));
  }

  private static PluginLimits plugin(GuestLimits limits, CallLimits calls) {
    var usual = PluginLimits.DEFAULT;
    return new PluginLimits(
        calls,
        or(limits.hasPause(), limits.getPause(), usual.pause()),
        or(limits.hasCallouts(), limits.getCallouts(), usual.maxCallouts()),
        or(limits.hasCalloutBytes(), limits.getCalloutBytes(), usual.maxCalloutBytes()),
        or(
            limits.hasLogLinesPerSecond(),
            limits.getLogLinesPerSecond(),
            usual.logLinesPerSecond()));
  }

  private static Duration or(boolean set, com.google.protobuf.Duration value, Duration usual) {
    return set ? Duration.ofSeconds(value.getSeconds(), value.getNanos()) : usual;
  }

  private static long or(boolean set, UInt64Value value, long usual) {
    return set ? value.getValue() : usual;
  }

  private static int or(boolean set, UInt32Value value, int usual) {
    return set ? value.getValue() : usual;
  }
}

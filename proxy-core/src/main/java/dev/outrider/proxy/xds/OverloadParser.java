package dev.outrider.proxy.xds;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.overload.LoadShedPoint;
import dev.outrider.proxy.overload.OverloadAction;
import dev.outrider.proxy.overload.OverloadSpec;
import dev.outrider.proxy.overload.OverloadSpec.Action;
import dev.outrider.proxy.overload.OverloadSpec.Resource;
import dev.outrider.proxy.overload.OverloadSpec.Shedding;
import dev.outrider.proxy.overload.ScaledTimeout;
import dev.outrider.proxy.overload.TimeoutScaling.Least;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.overload.v3.OverloadManager;
import io.envoyproxy.envoy.config.overload.v3.ResourceMonitor;
import io.envoyproxy.envoy.config.overload.v3.Trigger;
import io.envoyproxy.envoy.extensions.resource_monitors.cgroup_memory.v3.CgroupMemoryConfig;
import io.envoyproxy.envoy.extensions.resource_monitors.cpu_utilization.v3.CpuUtilizationConfig;
import io.envoyproxy.envoy.extensions.resource_monitors.cpu_utilization.v3.CpuUtilizationConfig.UtilizationComputeStrategy;
import io.envoyproxy.envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig;
import io.envoyproxy.envoy.extensions.resource_monitors.injected_resource.v3.InjectedResourceConfig;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads `overload.v3.OverloadManager`, but for the limit of connections. Monitors of other kinds
/// are named in the log, and so is the action that has nothing to do on a JVM; other actions and
/// load shed points are refused.
final class OverloadParser {
  private static final Logger LOG = LoggerFactory.getLogger("config");
  private static final String MONITORS = "envoy.extensions.resource_monitors.";
  private static final String SHRINK_HEAP = "envoy.overload_actions.shrink_heap";

  private final Scope scope;
  private final List<Resource> resources = new ArrayList<>();
  private final Set<String> monitors = new HashSet<>();

  private OverloadParser(Scope scope) {
    this.scope = scope;
  }

  static OverloadSpec parse(OverloadManager message, Scope scope) {
    return new OverloadParser(scope).parse(message);
  }

  private OverloadSpec parse(OverloadManager message) {
    for (var i = 0; i < message.getResourceMonitorsCount(); i++) {
      monitor(message.getResourceMonitors(i), scope.item("resource_monitors", i));
    }
    var actions = new ArrayList<Action>();
    var names = new HashSet<String>();
    for (var i = 0; i < message.getActionsCount(); i++) {
      var action = message.getActions(i);
      var place = scope.item("actions", i);
      if (!names.add(action.getName())) {
        place.problem("name", "Duplicate overload action " + action.getName());
      }
      var kind = kind(action.getName(), place);
      if (kind != null) {
        var triggers =
            triggers(action.getTriggersList(), "overload action " + action.getName(), place);
        actions.add(new Action(kind, triggers, leasts(kind, action, place)));
      }
    }
    return new OverloadSpec(refreshMillis(message), resources, actions, shedding(message));
  }

  private static Map<ScaledTimeout, Least> leasts(
      OverloadAction kind,
      io.envoyproxy.envoy.config.overload.v3.OverloadAction action,
      Scope place) {
    if (kind == OverloadAction.REDUCE_TIMEOUTS) {
      if (action.hasTypedConfig()) {
        return TimeoutScalingParser.parse(action.getTypedConfig(), place.field("typed_config"));
      }
      place.problem("Overload action \"" + action.getName() + "\" requires typed_config");
    } else if (action.hasTypedConfig()) {
      place.problem(
          "typed_config",
          "Overload action name \"%s\" conflicts with its typed config"
              .formatted(action.getName()));
    }
    return Map.of();
  }

  private List<Shedding> shedding(OverloadManager message) {
    var all = new ArrayList<Shedding>();
    var names = new HashSet<String>();
    for (var i = 0; i < message.getLoadshedPointsCount(); i++) {
      var shed = message.getLoadshedPoints(i);
      var place = scope.item("loadshed_points", i);
      var point = LoadShedPoint.of(shed.getName());
      if (!names.add(shed.getName())) {
        place.problem("name", "Duplicate loadshed point " + shed.getName());
      } else if (point == null) {
        place.problem("name", "loadshed point '" + shed.getName() + "' is not supported");
      } else {
        var what = "loadshed point " + shed.getName();
        all.add(new Shedding(point, triggers(shed.getTriggersList(), what, place)));
      }
    }
    return all;
  }

  private long refreshMillis(OverloadManager message) {
    if (!message.hasRefreshInterval()) {
      return OverloadSpec.DEFAULT_REFRESH_MILLIS;
    }
    return Math.max(1, scope.millis("refresh_interval", message.getRefreshInterval()));
  }

  private void monitor(ResourceMonitor message, Scope place) {
    var name = message.getName();
    var typed = message.getTypedConfig();
    if (!monitors.add(name)) {
      place.problem("name", "Duplicate resource monitor " + name);
      return;
    }
    try {
      switch (ProviderRegistry.typeName(typed.getTypeUrl())) {
        case MONITORS + "fixed_heap.v3.FixedHeapConfig" -> {
          var most = FixedHeapConfig.parseFrom(typed.getValue()).getMaxHeapSizeBytes();
          if (most <= 0) {
            place.problem("typed_config.max_heap_size_bytes", "value must be greater than 0");
          }
          resources.add(new Resource.Heap(name, most));
        }
        case MONITORS + "injected_resource.v3.InjectedResourceConfig" -> {
          var file = InjectedResourceConfig.parseFrom(typed.getValue()).getFilename();
          resources.add(new Resource.File(name, file));
        }
        case MONITORS + "cpu_utilization.v3.CpuUtilizationConfig" -> {
          var mode = CpuUtilizationConfig.parseFrom(typed.getValue()).getMode();
          resources.add(new Resource.Cpu(name, mode == UtilizationComputeStrategy.CONTAINER));
        }
        case MONITORS + "cgroup_memory.v3.CgroupMemoryConfig" -> {
          var most = CgroupMemoryConfig.parseFrom(typed.getValue()).getMaxMemoryBytes();
          resources.add(new Resource.CgroupMemory(name, most));
        }
        case ConnectionLimitsParser.MONITOR -> {
          // read there
        }
        default -> LOG.warn("resource monitor '{}' is set, but not acted on", name);
      }
    } catch (InvalidProtocolBufferException malformed) {
      place.problem(
          "typed_config", "is not a " + typed.getTypeUrl() + ": " + malformed.getMessage());
    }
  }

  private static @Nullable OverloadAction kind(String name, Scope place) {
    var kind = OverloadAction.of(name);
    if (kind == null && name.equals(SHRINK_HEAP)) {
      LOG.warn("overload action '{}' is set, but not acted on: the JVM shrinks its heap", name);
    } else if (kind == null) {
      place.problem("name", "overload action '" + name + "' is not supported");
    }
    return kind;
  }

  /// @param what they trigger
  private List<OverloadSpec.Trigger> triggers(List<Trigger> messages, String what, Scope place) {
    var all = new ArrayList<OverloadSpec.Trigger>();
    for (var i = 0; i < messages.size(); i++) {
      var trigger = trigger(messages.get(i), what, place.item("triggers", i));
      if (trigger != null) {
        if (all.stream().anyMatch(other -> other.resource().equals(trigger.resource()))) {
          place.problem("triggers", "Duplicate trigger resource for " + what);
        }
        all.add(trigger);
      }
    }
    return all;
  }

  /// Null with a problem.
  private OverloadSpec.@Nullable Trigger trigger(Trigger message, String what, Scope place) {
    var name = message.getName();
    if (resources.stream().noneMatch(resource -> resource.name().equals(name))) {
      place.problem(
          "name",
          monitors.contains(name)
              ? "%s cannot be triggered by resource %s, which is not watched".formatted(what, name)
              : "Unknown trigger resource %s for %s".formatted(name, what));
      return null;
    }
    return switch (message.getTriggerOneofCase()) {
      case THRESHOLD -> new OverloadSpec.Trigger.Threshold(name, message.getThreshold().getValue());
      case SCALED -> {
        var scaling = message.getScaled().getScalingThreshold();
        var saturation = message.getScaled().getSaturationThreshold();
        if (scaling >= saturation) {
          place.problem("scaled", "scaling_threshold must be less than saturation_threshold");
          yield null;
        }
        yield new OverloadSpec.Trigger.Scaled(name, scaling, saturation);
      }
      case TRIGGERONEOF_NOT_SET -> {
        place.problem("one of threshold, scaled is required");
        yield null;
      }
    };
  }
}

package dev.outrider.proxy.server;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import dev.outrider.proxy.xds.resource.Held;
import dev.outrider.proxy.xds.resource.HeldResources;
import dev.outrider.proxy.xds.resource.HeldScopes;
import dev.outrider.proxy.xds.resource.Resource.ListenerResource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.admin.v3.ScopedRoutesConfigDump;
import io.envoyproxy.envoy.admin.v3.ScopedRoutesConfigDump.DynamicScopedRouteConfigs;
import io.envoyproxy.envoy.admin.v3.ScopedRoutesConfigDump.InlineScopedRouteConfigs;
import io.envoyproxy.envoy.config.route.v3.ScopedRouteConfiguration;
import java.util.function.LongFunction;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// The part of `/config_dump` about scopes of routes: those that a control plane keeps, and those
/// that are part of listeners. Main loop only.
final class ScopedRoutesDump {

  private ScopedRoutesDump() {}

  /// @param names which scopes are shown
  /// @param time of a number of microseconds
  static ScopedRoutesConfigDump of(
      HeldResources held, Predicate<String> names, LongFunction<Timestamp> time) {
    var dump = ScopedRoutesConfigDump.newBuilder();
    held.scopes().forEach(each -> dump.addDynamicScopedRouteConfigs(dynamic(each, names, time)));
    Stream.concat(held.listeners().stream(), held.warmingListeners().stream())
        .forEach(listener -> addInline(listener, names, time, dump));
    return dump.build();
  }

  private static DynamicScopedRouteConfigs.Builder dynamic(
      HeldScopes all, Predicate<String> names, LongFunction<Timestamp> time) {
    var shown =
        DynamicScopedRouteConfigs.newBuilder()
            .setName(all.name())
            .setVersionInfo(all.version())
            .setLastUpdated(time.apply(all.epochMicros()));
    for (var scope : all.scopes()) {
      if (names.test(scope.value().name())) {
        shown.addScopedRouteConfigs(
            Any.newBuilder()
                .setTypeUrl(ResourceKind.SCOPE.typeUrl())
                .setValue(ByteString.copyFrom(scope.bytes().toByteArray())));
      }
    }
    return shown;
  }

  private static void addInline(
      Held<ListenerResource> listener,
      Predicate<String> names,
      LongFunction<Timestamp> time,
      ScopedRoutesConfigDump.Builder dump) {
    for (var manager : HttpManagers.of(listener)) {
      if (!manager.getScopedRoutes().hasScopedRouteConfigurationsList()) {
        continue;
      }
      var shown =
          InlineScopedRouteConfigs.newBuilder()
              .setName(manager.getScopedRoutes().getName())
              .setLastUpdated(time.apply(listener.epochMicros()));
      var scopes = manager.getScopedRoutes().getScopedRouteConfigurationsList();
      scopes.getScopedRouteConfigurationsList().stream()
          .filter(scope -> names.test(scope.getName()))
          .map(ScopedRoutesDump::packed)
          .forEach(shown::addScopedRouteConfigs);
      dump.addInlineScopedRouteConfigs(shown);
    }
  }

  private static Any packed(ScopedRouteConfiguration scope) {
    return Any.pack(scope);
  }
}

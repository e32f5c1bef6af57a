package dev.outrider.proxy.xds.listener;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.config.ListenerFilter;
import dev.outrider.proxy.config.ListenerFilters;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.listener.PortPredicate;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.core.TlvChoices;
import dev.outrider.proxy.xds.resource.ExtensionNeed;
import io.envoyproxy.envoy.config.core.v3.ExtensionConfigSource;
import io.envoyproxy.envoy.config.core.v3.ProxyProtocolConfig;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilterChainMatchPredicate;
import io.envoyproxy.envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol;
import io.envoyproxy.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads the listener filters of a `listener.v3.Listener` and how long they may take.
public final class ListenerFilterParser {
  private static final String PACKAGE = "envoy.extensions.filters.listener.";
  private static final String TLS_INSPECTOR = PACKAGE + "tls_inspector.v3.TlsInspector";
  private static final String HTTP_INSPECTOR = PACKAGE + "http_inspector.v3.HttpInspector";
  private static final String PROXY_PROTOCOL = PACKAGE + "proxy_protocol.v3.ProxyProtocol";
  private static final String ORIGINAL_DST = PACKAGE + "original_dst.v3.OriginalDst";

  private static final Set<String> TYPES =
      Set.of(TLS_INSPECTOR, HTTP_INSPECTOR, PROXY_PROTOCOL, ORIGINAL_DST);

  private ListenerFilterParser() {}

  @SuppressWarnings("deprecation") // use_original_dst is what redirected listeners set
  static ListenerFilters parse(Listener message, Scope scope) {
    var entries = new ArrayList<ListenerFilters.Entry>();
    for (var i = 0; i < message.getListenerFiltersCount(); i++) {
      var place = scope.item("listener_filters", i);
      var filter = filter(message.getListenerFilters(i), place);
      var disabled =
          message.getListenerFilters(i).hasFilterDisabled()
              ? predicate(
                  message.getListenerFilters(i).getFilterDisabled(), place.field("filter_disabled"))
              : PortPredicate.NEVER;
      if (filter != null) {
        entries.add(new ListenerFilters.Entry(filter, disabled));
      }
    }
    return new ListenerFilters(
        entries,
        message.hasListenerFiltersTimeout()
            ? scope.millis("listener_filters_timeout", message.getListenerFiltersTimeout())
            : ListenerFilters.DEFAULT_TIMEOUT_MILLIS,
        message.getContinueOnListenerFiltersTimeout(),
        message.getUseOriginalDst().getValue());
  }

  /// Null if it is refused.
  private static @Nullable ListenerFilter filter(
      io.envoyproxy.envoy.config.listener.v3.ListenerFilter message, Scope scope) {
    return message.hasConfigDiscovery()
        ? discovered(
            message.getName(), message.getConfigDiscovery(), scope.field("config_discovery"))
        : filter(message.getName(), message.getTypedConfig(), scope.field("typed_config"), scope);
  }

  /// Reads a configuration that came by itself; null, with a problem, if it is refused.
  ///
  /// @param scope of `typed`
  public static @Nullable ListenerFilter filter(String name, Any typed, Scope scope) {
    return filter(name, typed, scope, scope);
  }

  /// Whether there are listener filters of that configuration.
  public static boolean knows(Any typed) {
    return TYPES.contains(ProviderRegistry.typeName(typed.getTypeUrl()));
  }

  private static @Nullable ListenerFilter filter(
      String name, Any typed, Scope within, Scope whole) {
    var type = ProviderRegistry.typeName(typed.getTypeUrl());
    try {
      return switch (type) {
        case TLS_INSPECTOR -> tlsInspector(TlsInspector.parseFrom(typed.getValue()), within);
        case HTTP_INSPECTOR -> new ListenerFilter.HttpInspector();
        case PROXY_PROTOCOL -> proxyProtocol(ProxyProtocol.parseFrom(typed.getValue()), within);
        case ORIGINAL_DST -> new ListenerFilter.OriginalDst();
        default -> {
          whole.problem(
              "Didn't find a registered implementation for '%s' with type URL: '%s'"
                  .formatted(name, type));
          yield null;
        }
      };
    } catch (InvalidProtocolBufferException malformed) {
      within.problem("is not a " + type + ": " + malformed.getMessage());
      return null;
    }
  }

  /// One whose configuration comes by itself, with the one that counts until then.
  private static ListenerFilter discovered(String name, ExtensionConfigSource source, Scope scope) {
    for (var url : source.getTypeUrlsList()) {
      var type = ProviderRegistry.typeName(url);
      if (!TYPES.contains(type)) {
        scope.problem(
            "Error: no listener factory found for a required type URL %s.".formatted(type));
      }
    }
    if (source.getApplyDefaultConfigWithoutWarming() && !source.hasDefaultConfig()) {
      scope.problem(
          "Error: listener filter config %s applied without warming but has no default config."
              .formatted(name));
    }
    var fallback =
        source.hasDefaultConfig()
            ? filter(name, source.getDefaultConfig(), scope.field("default_config"))
            : null;
    return new ListenerFilter.Discovered(ConfigDiscoveryParser.handle(name, source), fallback);
  }

  /// What filters of a listener come as whose configuration comes by itself.
  static List<ExtensionNeed> needs(Listener message, Scope scope) {
    var needs = new ArrayList<ExtensionNeed>(0);
    for (var i = 0; i < message.getListenerFiltersCount(); i++) {
      var filter = message.getListenerFilters(i);
      if (filter.hasConfigDiscovery()) {
        needs.add(
            ConfigDiscoveryParser.need(
                filter.getName(),
                filter.getConfigDiscovery(),
                ExtensionNeed.Place.LISTENER,
                scope.item("listener_filters", i).field("config_discovery")));
      }
    }
    return needs;
  }

  private static ListenerFilter tlsInspector(TlsInspector message, Scope scope) {
    scope.refuse(message.getEnableJa3Fingerprinting().getValue(), "enable_ja3_fingerprinting");
    scope.refuse(message.getEnableJa4Fingerprinting().getValue(), "enable_ja4_fingerprinting");
    return new ListenerFilter.TlsInspector(message.getCloseConnectionOnClientHelloParsingErrors());
  }

  private static ListenerFilter proxyProtocol(ProxyProtocol message, Scope scope) {
    scope.refuse(message.getRulesCount() > 0, "rules");
    var refused = message.getDisallowedVersionsList();
    return new ListenerFilter.ProxyProtocol(
        message.getAllowRequestsWithoutProxyProtocol(),
        !refused.contains(ProxyProtocolConfig.Version.V1),
        !refused.contains(ProxyProtocolConfig.Version.V2),
        TlvChoices.read(message.hasPassThroughTlvs(), message.getPassThroughTlvs()),
        message.getStatPrefix());
  }

  private static PortPredicate predicate(ListenerFilterChainMatchPredicate message, Scope scope) {
    return switch (message.getRuleCase()) {
      case ANY_MATCH -> message.getAnyMatch() ? new PortPredicate.Always() : PortPredicate.NEVER;
      case DESTINATION_PORT_RANGE ->
          new PortPredicate.Range(
              message.getDestinationPortRange().getStart(),
              message.getDestinationPortRange().getEnd());
      case NOT_MATCH ->
          new PortPredicate.Not(predicate(message.getNotMatch(), scope.field("not_match")));
      case OR_MATCH ->
          new PortPredicate.AnyOf(predicates(message.getOrMatch(), scope.field("or_match")));
      case AND_MATCH ->
          new PortPredicate.AllOf(predicates(message.getAndMatch(), scope.field("and_match")));
      case RULE_NOT_SET -> {
        scope.problem(
            "one of or_match, and_match, not_match, any_match, destination_port_range is required");
        yield PortPredicate.NEVER;
      }
    };
  }

  private static List<PortPredicate> predicates(
      ListenerFilterChainMatchPredicate.MatchSet message, Scope scope) {
    var rules = new ArrayList<PortPredicate>();
    for (var i = 0; i < message.getRulesCount(); i++) {
      rules.add(predicate(message.getRules(i), scope.item("rules", i)));
    }
    return rules;
  }
}

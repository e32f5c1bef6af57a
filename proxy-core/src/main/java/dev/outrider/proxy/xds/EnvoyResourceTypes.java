package dev.outrider.proxy.xds;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.config.Discovered;
import dev.outrider.proxy.config.ServiceIdentity;
import dev.outrider.proxy.dns.DnsCaches;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.filter.network.NetworkFilterFactory;
import dev.outrider.proxy.xds.accesslog.AccessLogParser;
import dev.outrider.proxy.xds.cluster.ClusterParser;
import dev.outrider.proxy.xds.cluster.DnsCacheParser;
import dev.outrider.proxy.xds.cluster.EndpointParser;
import dev.outrider.proxy.xds.cluster.LocalityParser;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.listener.FilterChainParser;
import dev.outrider.proxy.xds.listener.HcmParser;
import dev.outrider.proxy.xds.listener.HttpFilterParser;
import dev.outrider.proxy.xds.listener.ListenerFilterParser;
import dev.outrider.proxy.xds.listener.ListenerParser;
import dev.outrider.proxy.xds.listener.NetworkFilterParser;
import dev.outrider.proxy.xds.listener.ScopeParser;
import dev.outrider.proxy.xds.resource.DiscoveredHosts.Member;
import dev.outrider.proxy.xds.resource.MessageCheck;
import dev.outrider.proxy.xds.resource.Resource;
import dev.outrider.proxy.xds.resource.Resource.ClusterResource;
import dev.outrider.proxy.xds.resource.Resource.EndpointsResource;
import dev.outrider.proxy.xds.resource.Resource.ExtensionResource;
import dev.outrider.proxy.xds.resource.Resource.HostResource;
import dev.outrider.proxy.xds.resource.Resource.ListenerResource;
import dev.outrider.proxy.xds.resource.Resource.LocalityEndpoint;
import dev.outrider.proxy.xds.resource.Resource.RoutesResource;
import dev.outrider.proxy.xds.resource.Resource.RuntimeResource;
import dev.outrider.proxy.xds.resource.Resource.ScopeResource;
import dev.outrider.proxy.xds.resource.Resource.SecretResource;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.resource.ResourceType;
import dev.outrider.proxy.xds.route.HostDiscoveryParser;
import dev.outrider.proxy.xds.route.RouteParser;
import dev.outrider.proxy.xds.runtime.RuntimeStructs;
import dev.outrider.proxy.xds.secret.Secrets;
import dev.outrider.proxy.xds.secret.TransportSockets;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.ScopedRouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.service.runtime.v3.Runtime;
import java.util.Collections;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Envoy's resource types of version 3: one line each from message to parser. Main loop only.
public final class EnvoyResourceTypes implements ResourceTypes {
  private final MessageCheck check;
  private final ListenerParser listeners;
  private final TransportSockets sockets;
  private final Secrets secrets;
  private final DnsCaches dnsCaches;
  private final DnsCacheParser dnsCacheParser;
  private final ProviderRegistry<HttpFilterFactory> filters;
  private final ProviderRegistry<NetworkFilterFactory> networkFilters;

  /// Types whose filters and logs are made by these.
  ///
  /// @param check what every message is held against before its parser sees it
  /// @param identity as whom the proxy introduces itself where it is told to
  /// @param filters providers of HTTP filters
  /// @param networkFilters providers of network filters, but for the HTTP connection manager
  /// @param dnsCaches shared by clusters and filters
  public EnvoyResourceTypes(
      MessageCheck check,
      ServiceIdentity identity,
      ProviderRegistry<HttpFilterFactory> filters,
      ProviderRegistry<NetworkFilterFactory> networkFilters,
      AccessLogParser accessLogs,
      DnsCaches dnsCaches,
      Secrets secrets) {
    this.check = check;
    this.dnsCaches = dnsCaches;
    this.dnsCacheParser = new DnsCacheParser(dnsCaches);
    this.secrets = secrets;
    this.filters = filters;
    this.networkFilters = networkFilters;
    this.sockets = new TransportSockets(secrets);
    this.listeners =
        new ListenerParser(
            new FilterChainParser(
                new HcmParser(
                    new HttpFilterParser(filters),
                    accessLogs,
                    identity,
                    secrets.spec().background()),
                new NetworkFilterParser(networkFilters),
                sockets),
            accessLogs);
  }

  @Override
  public ResourceType<?> of(ResourceKind kind) {
    return switch (kind) {
      case CLUSTER ->
          new Type<Cluster, ClusterResource>(
              kind,
              Cluster::parseFrom,
              Cluster::getName,
              (message, origin, scope, previous) ->
                  ClusterParser.parse(message, origin, sockets, dnsCacheParser, scope, previous));
      case ENDPOINTS ->
          new Type<>(
              kind,
              ClusterLoadAssignment::parseFrom,
              ClusterLoadAssignment::getClusterName,
              (message, _, scope, _) -> now(scope, endpoints(message, scope)));
      case ROUTES ->
          new Type<RouteConfiguration, RoutesResource>(
              kind,
              RouteConfiguration::parseFrom,
              RouteConfiguration::getName,
              (message, _, scope, previous) -> routes(message, scope, previous));
      case SECRET ->
          new Type<Secret, SecretResource>(
              kind,
              Secret::parseFrom,
              Secret::getName,
              (message, _, scope, _) -> secrets.parse(message, scope));
      case EXTENSION ->
          new Type<TypedExtensionConfig, ExtensionResource>(
              kind,
              TypedExtensionConfig::parseFrom,
              TypedExtensionConfig::getName,
              (message, _, scope, _) -> extension(message, scope));
      case RUNTIME ->
          new Type<>(
              kind,
              Runtime::parseFrom,
              Runtime::getName,
              (message, _, scope, _) ->
                  now(
                      scope,
                      new RuntimeResource(
                          RuntimeStructs.values(message.getLayer(), scope.field("layer")))));
      case SCOPE ->
          new Type<ScopedRouteConfiguration, ScopeResource>(
              kind,
              ScopedRouteConfiguration::parseFrom,
              ScopedRouteConfiguration::getName,
              (message, _, scope, _) ->
                  ScopeParser.parse(message, scope, secrets.spec().background()));
      case LOCALITY ->
          new Type<>(
              kind,
              LbEndpoint::parseFrom,
              _ -> "",
              (message, _, scope, _) ->
                  now(scope, new LocalityEndpoint(EndpointParser.parse(message, scope))));
      case VIRTUAL_HOST ->
          new Type<>(
              kind,
              VirtualHost::parseFrom,
              _ -> "",
              (message, _, scope, _) -> now(scope, new HostResource(message)));
      case LISTENER ->
          new Type<Listener, ListenerResource>(
              kind, Listener::parseFrom, Listener::getName, listeners::parse);
    };
  }

  @Override
  public Secrets secrets() {
    return secrets;
  }

  @Override
  public DnsCaches dnsCaches() {
    return dnsCaches;
  }

  /// Virtual hosts that came by themselves stay with a new version of their table.
  private CompletionStage<Parsed<RoutesResource>> routes(
      RouteConfiguration message, Scope scope, @Nullable RoutesResource previous) {
    var background = secrets.spec().background();
    if (message.hasVhds()) {
      var before = previous == null ? null : previous.hosts();
      return HostDiscoveryParser.parse(
          message,
          before == null ? Collections.emptySortedMap() : before.members(),
          scope,
          background);
    }
    return RouteParser.parse(message, scope, background)
        .thenApply(
            read -> {
              scope.problems().addAll(read.problems());
              var mustExist = RouteParser.mustExist(message, read.table(), false);
              return scope.result(new RoutesResource(read.table(), mustExist, null));
            });
  }

  @Override
  public CompletionStage<Parsed<RoutesResource>> routes(
      ResourceKey key, RouteConfiguration message, SortedMap<String, Member> members) {
    return HostDiscoveryParser.parse(
        message, members, Scope.of(key.toString()), secrets.spec().background());
  }

  private CompletionStage<Parsed<ExtensionResource>> extension(
      TypedExtensionConfig message, Scope scope) {
    var type = ProviderRegistry.typeName(message.getTypedConfig().getTypeUrl());
    return discovered(message, scope.field("typed_config"))
        .thenApply(
            parsed -> {
              scope.problems().addAll(parsed.problems());
              return parsed.then(
                  config -> scope.result(new ExtensionResource(message.getName(), config, type)));
            });
  }

  /// Its type says for what kind of filter it is.
  private CompletionStage<Parsed<Discovered>> discovered(
      TypedExtensionConfig message, Scope scope) {
    var config = message.getTypedConfig();
    var context = scope.context(message.getName());
    if (networkFilters.knows(config)) {
      return networkFilters
          .parse(config, context)
          .thenApply(
              parsed -> parsed.then(factory -> Parsed.valid(new Discovered.Network(factory))));
    }
    if (ListenerFilterParser.knows(config)) {
      var alone = scope.alone();
      var filter = ListenerFilterParser.filter(message.getName(), config, alone);
      return CompletableFuture.completedFuture(
          filter == null
              ? new Parsed.Invalid<>(alone.problems())
              : alone.result(new Discovered.Listener(filter)));
    }
    return filters
        .parse(config, context)
        .thenApply(parsed -> parsed.then(factory -> Parsed.valid(new Discovered.Http(factory))));
  }

  private static <T> CompletionStage<Parsed<T>> now(Scope scope, T value) {
    return CompletableFuture.completedFuture(scope.result(value));
  }

  private interface Decoder<M> {
    M decode(ByteString bytes) throws InvalidProtocolBufferException;
  }

  private interface Parser<M, T> {
    CompletionStage<Parsed<T>> parse(
        M message, ConfigOrigin origin, Scope scope, @Nullable T previous);
  }

  private static EndpointsResource endpoints(ClusterLoadAssignment message, Scope scope) {
    return new EndpointsResource(
        EndpointParser.parse(message, scope),
        scope
            .field("policy")
            .millis("endpoint_stale_after", message.getPolicy().getEndpointStaleAfter()),
        LocalityParser.collections(message, scope));
  }

  /// One type: how its bytes become a message, where its name stands, who parses it.
  private final class Type<M extends MessageLite, T extends Resource> implements ResourceType<T> {
    private final ResourceKind kind;
    private final Decoder<M> decoder;
    private final Function<M, String> name;
    private final Parser<M, T> parser;

    Type(ResourceKind kind, Decoder<M> decoder, Function<M, String> name, Parser<M, T> parser) {
      this.kind = kind;
      this.decoder = decoder;
      this.name = name;
      this.parser = parser;
    }

    @Override
    public ResourceKind kind() {
      return kind;
    }

    @Override
    public Message<T> decode(ByteString bytes) throws InvalidProtocolBufferException {
      var message = decoder.decode(bytes);
      return decoded(message, name.apply(message), bytes);
    }

    @Override
    public Message<T> decode(String called, ByteString bytes)
        throws InvalidProtocolBufferException {
      return decoded(decoder.decode(bytes), called, bytes);
    }

    private Message<T> decoded(M message, String called, ByteString bytes) {
      var key = new ResourceKey(kind, called);
      return new Message<>() {
        @Override
        public String name() {
          return key.name();
        }

        @Override
        public CompletionStage<Parsed<T>> parse(ConfigOrigin origin, @Nullable T previous) {
          var scope = Scope.of(key.toString());
          scope.problems().addAll(check.problems(key, origin, bytes));
          return parser.parse(message, origin, scope, previous);
        }
      };
    }
  }
}

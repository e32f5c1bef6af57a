package dev.outrider.proxy.xds.resource;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.EndpointMetadata;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.Locality;
import dev.outrider.proxy.cluster.Metadata;
import dev.outrider.proxy.config.Discovered;
import dev.outrider.proxy.config.EncodedMessage;
import dev.outrider.proxy.config.FilterChain;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.health.FitnessSpec;
import dev.outrider.proxy.routing.RouteTable;
import dev.outrider.proxy.routing.ScopeKey;
import dev.outrider.proxy.runtime.RuntimeValue;
import dev.outrider.proxy.tls.TlsEnd;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A resource as its parser understood it, with what it has to wait for.
public sealed interface Resource {

  /// What must be there before this resource becomes active.
  List<InitTarget> needs();

  /// The subscriptions that it is the owner of, for their statistics.
  default List<Subscriptions.Owned> subscriptions() {
    return List.of();
  }

  /// Contexts that are made of what it needs.
  default List<TlsAssembly> assemblies() {
    return List.of();
  }

  /// Something that a resource names and waits for.
  ///
  /// @param fresh only an answer that comes after this resource counts
  /// @param timeoutMillis after which the resource becomes active without it; 0 = never
  record InitTarget(ResourceKey key, boolean fresh, long timeoutMillis) {}

  /// Of [#needs] what it goes on without from the start, though it wants it.
  default Set<ResourceKey> unawaited() {
    return Set.of();
  }

  /// Whether it waits for the first answer about the names of its endpoints.
  default boolean awaitsNames() {
    return false;
  }

  /// What connections are secured with, with secrets or without.
  default List<TlsEnd> ends() {
    return List.of();
  }

  /// A cluster.
  ///
  /// @param endpoints what its endpoints come as; null unless it is discovered over EDS
  /// @param fitness how it is found out which of its hosts are fit
  /// @param waits whether its names must have been resolved before it serves
  /// @param assemblies for connections that are secured with secrets that are asked for
  record ClusterResource(
      Cluster cluster,
      @Nullable InitTarget endpoints,
      FitnessSpec fitness,
      boolean waits,
      List<TlsAssembly> assemblies)
      implements Resource {

    public ClusterResource {
      assemblies = List.copyOf(assemblies);
    }

    /// Without secrets.
    public ClusterResource(
        Cluster cluster, @Nullable InitTarget endpoints, FitnessSpec fitness, boolean waits) {
      this(cluster, endpoints, fitness, waits, List.of());
    }

    @Override
    public boolean awaitsNames() {
      return waits && cluster.discovery() instanceof Discovery.Dns;
    }

    @Override
    public List<InitTarget> needs() {
      if (assemblies.isEmpty()) { // as of most
        return endpoints == null ? List.of() : List.of(endpoints);
      }
      var secrets =
          assemblies.stream().flatMap(assembly -> assembly.needs().stream()).distinct().toList();
      return Stream.concat(secrets.stream(), Stream.ofNullable(endpoints)).toList();
    }

    @Override
    public List<Subscriptions.Owned> subscriptions() {
      var all = new ArrayList<Subscriptions.Owned>(1);
      for (var need : needs()) {
        var owned = Subscriptions.Owned.of(cluster.statName(), need.key());
        if (owned != null) {
          all.add(owned);
        }
      }
      return all;
    }

    @Override
    public List<TlsEnd> ends() {
      return List.copyOf(cluster.tlsEnds());
    }
  }

  /// A secret.
  ///
  /// @param secret with the content of all files
  /// @param message as it came
  /// @param folders in which its files may change
  record SecretResource(Secret secret, Secret message, Set<String> folders) implements Resource {

    public SecretResource {
      folders = Set.copyOf(folders);
    }

    @Override
    public List<InitTarget> needs() {
      return List.of();
    }

    @Override
    public String toString() {
      return "secret '" + message.getName() + "'"; // and nothing of what it holds
    }
  }

  /// The configuration of filters that name it.
  ///
  /// @param type of the configuration, by the name of its message
  record ExtensionResource(String name, Discovered config, String type) implements Resource {

    @Override
    public List<InitTarget> needs() {
      return List.of();
    }
  }

  /// A layer of the runtime.
  record RuntimeResource(Map<String, RuntimeValue> values) implements Resource {

    public RuntimeResource {
      values = Map.copyOf(values);
    }

    @Override
    public List<InitTarget> needs() {
      return List.of();
    }
  }

  /// The endpoints of every cluster that asks for them by this name.
  ///
  /// @param assignment all but the collections
  /// @param staleAfterMillis how long they count unless they are said again; 0 = for ever
  /// @param collections localities whose endpoints come by themselves
  record EndpointsResource(
      Assignment assignment, long staleAfterMillis, List<LocalityCollection> collections)
      implements Resource {

    public EndpointsResource {
      collections = List.copyOf(collections);
    }

    @Override
    public List<InitTarget> needs() {
      return List.of();
    }
  }

  /// A locality whose endpoints come by themselves (LEDS).
  ///
  /// @param target what they come as
  record LocalityCollection(InitTarget target, int priority, Locality locality, Metadata metadata) {

    /// The endpoint where it belongs.
    public EndpointSpec placed(EndpointSpec endpoint) {
      var said = endpoint.metadata();
      return endpoint.in(priority, locality, EndpointMetadata.of(said.own(), metadata, said.lb()));
    }
  }

  /// One endpoint of a collection, wherever that belongs.
  record LocalityEndpoint(EndpointSpec endpoint) implements Resource {

    @Override
    public List<InitTarget> needs() {
      return List.of();
    }
  }

  /// A route table with a life of its own.
  ///
  /// @param mustExist clusters that have to be known, as `validate_clusters` demands
  /// @param hosts what it was made of; null unless virtual hosts come by themselves
  record RoutesResource(RouteTable table, Set<String> mustExist, @Nullable DiscoveredHosts hosts)
      implements Resource {
    public RoutesResource {
      mustExist = Set.copyOf(mustExist);
    }

    /// Which may name any cluster.
    RoutesResource(RouteTable table) {
      this(table, Set.of(), null);
    }

    @Override
    public List<InitTarget> needs() {
      return List.of();
    }
  }

  /// A virtual host, wherever it belongs.
  record HostResource(VirtualHost message) implements Resource {

    @Override
    public List<InitTarget> needs() {
      return List.of();
    }
  }

  /// A scope of routes.
  ///
  /// @param table that is part of it; null = it comes by itself
  /// @param tableName of one that comes by itself
  /// @param onDemand whether that is asked for only when a request wants it
  /// @param mustExist clusters that have to be known
  record ScopeResource(
      String name,
      ScopeKey key,
      @Nullable RouteTable table,
      String tableName,
      boolean onDemand,
      Set<String> mustExist)
      implements Resource {

    public ScopeResource {
      mustExist = Set.copyOf(mustExist);
    }

    @Override
    public List<InitTarget> needs() {
      return List.of();
    }
  }

  /// A listener.
  ///
  /// @param chains of the listener, with what each waits for
  /// @param filters listener filters whose configuration comes by itself
  record ListenerResource(
      ListenerConfig listener, List<ChainResource> chains, List<ExtensionNeed> filters)
      implements Resource {

    public ListenerResource {
      chains = List.copyOf(chains);
      filters = List.copyOf(filters);
    }

    @Override
    public List<InitTarget> needs() {
      var needs = new LinkedHashSet<InitTarget>();
      for (var chain : chains) {
        needs.addAll(chain.needs());
      }
      for (var filter : filters) {
        needs.add(filter.target());
      }
      return List.copyOf(needs);
    }

    @Override
    public List<Subscriptions.Owned> subscriptions() {
      var all = new ArrayList<Subscriptions.Owned>();
      for (var chain : chains) {
        chain.addSubscriptions(all);
      }
      for (var need : extensions()) {
        all.add(need.subscription());
      }
      return all;
    }

    @Override
    public List<TlsAssembly> assemblies() {
      var all = new ArrayList<TlsAssembly>();
      for (var chain : chains) {
        if (chain.tls() != null) {
          all.add(chain.tls());
        }
      }
      return all;
    }

    @Override
    public List<TlsEnd> ends() {
      var all = new ArrayList<TlsEnd>();
      for (var chain : chains) {
        var tls = chain.chain().tls();
        if (tls != null) {
          all.add(tls.server());
        }
      }
      return all;
    }

    @Override
    public Set<ResourceKey> unawaited() {
      var keys = new HashSet<ResourceKey>();
      for (var need : extensions()) {
        if (!need.waits()) {
          keys.add(need.target().key());
        }
      }
      return keys;
    }

    /// The filters whose configuration comes by itself.
    public List<ExtensionNeed> extensions() {
      var all = new ArrayList<ExtensionNeed>();
      for (var chain : chains) {
        all.addAll(chain.extensions());
      }
      all.addAll(filters);
      return all;
    }

    /// The scopes of its connection managers that a control plane keeps.
    public List<ScopesUse> scopes() {
      var all = new ArrayList<ScopesUse>();
      for (var chain : chains) {
        if (chain.scopes() != null) {
          all.add(chain.scopes());
        }
      }
      return all;
    }

    /// Clusters that must be known.
    public Set<String> mustExist() {
      var names = new LinkedHashSet<String>();
      for (var chain : chains) {
        names.addAll(chain.mustExist());
      }
      return names;
    }
  }

  /// A filter chain of a listener; not a resource by itself.
  ///
  /// @param message what it was made from
  /// @param routes what its routes come as that come over RDS
  /// @param mustExist clusters that inline routes name and that have to be known, as
  ///   `validate_clusters` asks
  /// @param extensions filters whose configuration comes by itself
  /// @param scopes of routes that a control plane keeps; null unless it has such
  /// @param tls null unless its connections are secured with secrets that are asked for
  record ChainResource(
      EncodedMessage message,
      FilterChain chain,
      List<InitTarget> routes,
      Set<String> mustExist,
      List<ExtensionNeed> extensions,
      @Nullable ScopesUse scopes,
      @Nullable TlsAssembly tls) {

    public ChainResource {
      routes = List.copyOf(routes);
      mustExist = Set.copyOf(mustExist);
      extensions = List.copyOf(extensions);
    }

    List<InitTarget> needs() {
      var needs = new ArrayList<InitTarget>(routes);
      if (scopes != null) {
        needs.add(scopes.scopes());
      }
      for (var extension : extensions) {
        needs.add(extension.target());
      }
      if (tls != null) {
        needs.addAll(tls.needs());
      }
      return needs;
    }

    void addSubscriptions(List<Subscriptions.Owned> all) {
      for (var need : needs()) {
        var owned = Subscriptions.Owned.of(statPrefix(), need.key());
        if (owned != null) {
          all.add(owned);
        }
      }
      if (scopes != null) {
        all.add(scopes.subscription());
      }
    }

    /// Empty if it does not speak HTTP.
    String statPrefix() {
      var http = chain.http();
      return http == null ? "" : http.statPrefix();
    }
  }
}

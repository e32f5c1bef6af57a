package dev.outrider.proxy.xds.resource;

/// The kinds of resources that a control plane may send us, in the order in which those are asked
/// for that one and the same resource needs, which is Envoy's on a new stream.
public enum ResourceKind {
  CLUSTER("envoy.config.cluster.v3.Cluster", "cluster", true),
  ENDPOINTS("envoy.config.endpoint.v3.ClusterLoadAssignment", "endpoints", false),
  LISTENER("envoy.config.listener.v3.Listener", "listener", true),
  ROUTES("envoy.config.route.v3.RouteConfiguration", "route configuration", false),
  EXTENSION("envoy.config.core.v3.TypedExtensionConfig", "extension", false),
  SECRET("envoy.extensions.transport_sockets.tls.v3.Secret", "secret", false),
  RUNTIME("envoy.service.runtime.v3.Runtime", "runtime layer", false),
  SCOPE("envoy.config.route.v3.ScopedRouteConfiguration", "scoped route configuration", true),
  /// Named one by one, asked for as a collection.
  LOCALITY("envoy.config.endpoint.v3.LbEndpoint", "locality endpoint", false),
  /// Named one by one, asked for as all of a route configuration and, besides, one by one.
  VIRTUAL_HOST("envoy.config.route.v3.VirtualHost", "virtual host", false);

  private final String messageName;
  private final String word;
  private final boolean fullState;

  ResourceKind(String messageName, String word, boolean fullState) {
    this.messageName = messageName;
    this.word = word;
    this.fullState = fullState;
  }

  /// Full name of the message.
  public String messageName() {
    return messageName;
  }

  /// What a person calls resources of this kind.
  public String word() {
    return word;
  }

  public String typeUrl() {
    return "type.googleapis.com/" + messageName;
  }

  /// Whether a state-of-the-world response lists all there are, so that absence means removal.
  public boolean fullState() {
    return fullState;
  }

  /// Whether all of the kind come from one place, so that a name says which is meant.
  public boolean fromOnePlace() {
    return this == CLUSTER || this == LISTENER;
  }

  /// What is wrong if a name comes twice at once.
  public String duplicate(String name) {
    return this == SCOPE
        ? "duplicate scoped route configuration '" + name + "' found"
        : "duplicate " + name + " found";
  }

  /// The kind of a type URL that was subscribed to.
  public static ResourceKind of(String typeUrl) {
    for (var kind : values()) {
      if (kind.typeUrl().equals(typeUrl)) {
        return kind;
      }
    }
    throw new IllegalArgumentException("not a kind of resource: " + typeUrl);
  }

  /// How a person calls the resource `name` of this kind.
  public String called(String name) {
    return word + " '" + name + "'";
  }
}

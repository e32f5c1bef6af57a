package dev.outrider.proxy.xds.stream;

import dev.outrider.proxy.config.DynamicSources.Protocol;
import dev.outrider.proxy.xds.resource.ResourceKind;

/// Carries the messages of discovery streams as bytes. Used and called back on the main loop only.
public interface AdsTransport {

  /// Opens a stream of `protocol`. What goes wrong, a refused connection included, comes to
  /// `receiver` as its end, as a later task.
  Call open(Protocol protocol, Receiver receiver);

  /// What is called.
  enum Service {
    AGGREGATED("discovery.v3.AggregatedDiscoveryService", "AggregatedResources", ""),
    CLUSTERS("cluster.v3.ClusterDiscoveryService", "Clusters", "clusters"),
    ENDPOINTS("endpoint.v3.EndpointDiscoveryService", "Endpoints", "endpoints"),
    LOCALITIES("endpoint.v3.LocalityEndpointDiscoveryService", "LocalityEndpoints", ""),
    LISTENERS("listener.v3.ListenerDiscoveryService", "Listeners", "listeners"),
    ROUTES("route.v3.RouteDiscoveryService", "Routes", "routes"),
    VIRTUAL_HOSTS("route.v3.VirtualHostDiscoveryService", "VirtualHosts", ""),
    SECRETS("secret.v3.SecretDiscoveryService", "Secrets", "secrets"),
    EXTENSIONS(
        "extension.v3.ExtensionConfigDiscoveryService", "ExtensionConfigs", "extension_configs"),
    RUNTIME("runtime.v3.RuntimeDiscoveryService", "Runtime", "runtime"),
    SCOPES("route.v3.ScopedRoutesDiscoveryService", "ScopedRoutes", "scoped-routes");

    private final String fullName;
    private final String what;
    private final String resource;

    Service(String name, String what, String resource) {
      this.fullName = "envoy.service." + name;
      this.what = what;
      this.resource = resource;
    }

    /// Of the gRPC service.
    public String fullName() {
      return fullName;
    }

    /// Of its method for a protocol: `Stream...` or `Delta...`.
    public String method(Protocol protocol) {
      return switch (protocol) {
        case STATE_OF_THE_WORLD -> "Stream" + what;
        case DELTA -> "Delta" + what;
      };
    }

    /// Where it is asked by plain HTTP; of no use where that is not offered.
    public String path() {
      return "/v3/discovery:" + resource;
    }

    /// The one that brings resources of one kind.
    public static Service of(ResourceKind kind) {
      return switch (kind) {
        case CLUSTER -> CLUSTERS;
        case ENDPOINTS -> ENDPOINTS;
        case LISTENER -> LISTENERS;
        case ROUTES -> ROUTES;
        case SECRET -> SECRETS;
        case EXTENSION -> EXTENSIONS;
        case RUNTIME -> RUNTIME;
        case SCOPE -> SCOPES;
        case LOCALITY -> LOCALITIES;
        case VIRTUAL_HOST -> VIRTUAL_HOSTS;
      };
    }
  }

  /// Reaches nobody: nothing is sent and nothing comes.
  AdsTransport NONE =
      (_, _) ->
          new Call() {
            @Override
            public void send(byte[] request) {}

            @Override
            public void cancel() {}
          };

  /// Our side of one stream.
  interface Call {

    /// Sends one `DiscoveryRequest` or `DeltaDiscoveryRequest`; takes the bytes. Dropped if the
    /// stream has ended.
    void send(byte[] request);

    /// Ends the stream; the receiver hears nothing more.
    void cancel();

    /// Which of the servers that say the same it goes to: 1 = the first, 2 = its failover.
    default int entry() {
      return 1;
    }
  }

  /// Their side of one stream.
  interface Receiver {

    /// The control plane is connected. May come more than once.
    void onReady();

    /// One `DiscoveryResponse` or `DeltaDiscoveryResponse`. The receiver takes the bytes.
    void onMessage(byte[] response);

    /// The stream is over; comes once, and nothing after it.
    void onEnd(End end);
  }

  /// Why a stream ended.
  ///
  /// @param code gRPC status code; 14 = unavailable
  record End(int code, String message) {}
}

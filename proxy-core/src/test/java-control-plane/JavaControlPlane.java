import com.google.gson.Gson;
import com.google.gson.JsonParser;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.envoyproxy.controlplane.cache.v3.SimpleCache;
import io.envoyproxy.controlplane.cache.v3.Snapshot;
import io.envoyproxy.controlplane.server.DiscoveryServerCallbacks;
import io.envoyproxy.controlplane.server.V3DiscoveryServer;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.grpc.netty.NettyServerBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Serves what it is told on standard input to proxies, over ADS, with java-control-plane. Run from
/// source, on that library's own messages, in a process of its own. In and out are those of
/// `go/control-plane`.
final class JavaControlPlane {
  private static final String GROUP = "all";
  private static final JsonFormat.Parser JSON =
      JsonFormat.parser()
          .usingTypeRegistry(
              JsonFormat.TypeRegistry.newBuilder()
                  .add(
                      List.of(
                          Cluster.getDescriptor(),
                          ClusterLoadAssignment.getDescriptor(),
                          Listener.getDescriptor(),
                          RouteConfiguration.getDescriptor(),
                          Secret.getDescriptor(),
                          HttpConnectionManager.getDescriptor(),
                          DownstreamTlsContext.getDescriptor(),
                          Router.getDescriptor()))
                  .build());

  private JavaControlPlane() {}

  public static void main(String[] address) throws IOException {
    var cache = new SimpleCache<String>(_ -> GROUP);
    var port = Integer.parseInt(address[0].substring(address[0].indexOf(':') + 1));
    var server =
        NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", port))
            .addService(
                new V3DiscoveryServer(new Narrator(), cache).getAggregatedDiscoveryServiceImpl())
            .build()
            .start();
    say("listening " + server.getPort());
    var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (var line = lines.readLine(); line != null; line = lines.readLine()) {
      cache.setSnapshot(GROUP, snapshot(line));
    }
    server.shutdownNow();
  }

  private static synchronized void say(String line) {
    System.out.println(line);
  }

  private static Snapshot snapshot(String line) throws InvalidProtocolBufferException {
    var read = JsonParser.parseString(line).getAsJsonObject();
    var all = new ArrayList<Any>();
    for (var resource : read.getAsJsonArray("resources")) {
      var packed = Any.newBuilder();
      JSON.merge(resource.toString(), packed);
      all.add(packed.build());
    }
    return Snapshot.create(
        of(Cluster.class, all),
        of(ClusterLoadAssignment.class, all),
        of(Listener.class, all),
        of(RouteConfiguration.class, all),
        of(Secret.class, all),
        read.get("version").getAsString());
  }

  private static <T extends Message> List<T> of(Class<T> type, List<Any> all)
      throws InvalidProtocolBufferException {
    var found = new ArrayList<T>();
    for (var packed : all) {
      if (packed.is(type)) {
        found.add(packed.unpack(type));
      }
    }
    return found;
  }

  /// Says what every proxy answers.
  private static final class Narrator implements DiscoveryServerCallbacks {

    @Override
    public void onV3StreamRequest(long stream, DiscoveryRequest request) {
      if (!request.getResponseNonce().isEmpty()) {
        answer(
            request.getTypeUrl(), request.hasErrorDetail(), request.getErrorDetail().getMessage());
      }
    }

    @Override
    public void onV3StreamDeltaRequest(long stream, DeltaDiscoveryRequest request) {
      if (!request.getResponseNonce().isEmpty()) {
        answer(
            request.getTypeUrl(), request.hasErrorDetail(), request.getErrorDetail().getMessage());
      }
    }

    private static void answer(String typeUrl, boolean refused, String why) {
      say(refused ? "nack " + typeUrl + " " + new Gson().toJson(why) : "ack " + typeUrl);
    }
  }
}

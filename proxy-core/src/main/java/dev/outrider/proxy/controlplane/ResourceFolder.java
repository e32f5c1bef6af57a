package dev.outrider.proxy.controlplane;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.text.ConfigReader;
import dev.outrider.proxy.extension.text.ConfigText;
import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.ScopedRouteConfiguration;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.runtime.v3.Runtime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// A folder of YAML or JSON files, each a `DiscoveryResponse` (`resources:` with an `@type` each)
/// as Envoy reads it from files. Kinds may be mixed, also within a file. One thread, which may
/// block.
public final class ResourceFolder {
  private static final String RESPONSE = "envoy.service.discovery.v3.DiscoveryResponse";

  private final Path folder;
  private final ConfigReader reader;
  private final Target target;
  private final Map<ResourceKind, Map<String, Any>> pushed = new EnumMap<>(ResourceKind.class);
  private int version;

  /// Where changed kinds go: [AdsServer#pushPacked].
  public interface Target {
    void push(ResourceKind kind, String version, Map<String, Any> resources);
  }

  public ResourceFolder(Path folder, ConfigReader reader, Target target) {
    this.folder = folder;
    this.reader = reader;
    this.target = target;
  }

  /// Reads every file and pushes each kind that is not what it was. With any problem nothing is
  /// pushed.
  ///
  /// @throws IOException if the folder or a file cannot be read
  public List<ConfigProblem> refresh() throws IOException {
    var read = new EnumMap<ResourceKind, Map<String, Any>>(ResourceKind.class);
    for (var kind : ResourceKind.values()) {
      read.put(kind, new LinkedHashMap<>());
    }
    var problems = new ArrayList<ConfigProblem>();
    for (var file : files()) {
      read(file, read, problems);
    }
    if (problems.isEmpty()) {
      push(read);
    }
    return problems;
  }

  private void push(Map<ResourceKind, Map<String, Any>> read) {
    if (read.equals(pushed)) {
      return;
    }
    version++;
    // In the order of the kinds: clusters before the routes that name them.
    read.forEach(
        (kind, resources) -> {
          var before = pushed.put(kind, resources);
          if (!resources.equals(before) && !(before == null && resources.isEmpty())) {
            target.push(kind, Integer.toString(version), resources);
          }
        });
  }

  private List<Path> files() throws IOException {
    try (var found = Files.list(folder)) {
      return found.filter(ResourceFolder::isConfiguration).sorted().toList();
    }
  }

  private static boolean isConfiguration(Path file) {
    var name = file.toString();
    return name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json");
  }

  private void read(
      Path file, Map<ResourceKind, Map<String, Any>> into, List<ConfigProblem> problems)
      throws IOException {
    var text = ConfigText.ofFile(file.toString(), Files.readString(file));
    switch (reader.read(text, RESPONSE)) {
      case Parsed.Invalid<byte[]>(var found) -> problems.addAll(found);
      case Parsed.Valid<byte[]>(var bytes) -> {
        for (var resource : DiscoveryResponse.parseFrom(bytes).getResourcesList()) {
          add(file, resource, into, problems);
        }
      }
    }
  }

  private static void add(
      Path file,
      Any resource,
      Map<ResourceKind, Map<String, Any>> into,
      List<ConfigProblem> problems)
      throws InvalidProtocolBufferException {
    for (var kind : ResourceKind.values()) {
      if (isServed(kind) && kind.typeUrl().equals(resource.getTypeUrl())) {
        var name = name(kind, resource.getValue());
        var ofKind = Objects.requireNonNull(into.get(kind));
        if (ofKind.putIfAbsent(name, resource) != null) {
          problems.add(
              new ConfigProblem(file.toString(), "", kind.called(name) + " is there already"));
        }
        return;
      }
    }
    problems.add(
        new ConfigProblem(
            file.toString(), "resources", "type '" + resource.getTypeUrl() + "' is not served"));
  }

  /// What does not say itself what it is asked for as cannot come from a file.
  private static boolean isServed(ResourceKind kind) {
    return kind != ResourceKind.LOCALITY && kind != ResourceKind.VIRTUAL_HOST;
  }

  private static String name(ResourceKind kind, ByteString bytes)
      throws InvalidProtocolBufferException {
    return switch (kind) {
      case CLUSTER -> Cluster.parseFrom(bytes).getName();
      case ENDPOINTS -> ClusterLoadAssignment.parseFrom(bytes).getClusterName();
      case LISTENER -> Listener.parseFrom(bytes).getName();
      case ROUTES -> RouteConfiguration.parseFrom(bytes).getName();
      case SECRET -> Secret.parseFrom(bytes).getName();
      case EXTENSION -> TypedExtensionConfig.parseFrom(bytes).getName();
      case RUNTIME -> Runtime.parseFrom(bytes).getName();
      case SCOPE -> ScopedRouteConfiguration.parseFrom(bytes).getName();
      case LOCALITY, VIRTUAL_HOST ->
          throw new IllegalArgumentException("it does not say its name: " + kind.word());
    };
  }
}

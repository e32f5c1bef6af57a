package dev.outrider.proxy.conversation;

import com.google.gson.Gson;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.schema.Schema;
import dev.outrider.proxy.extension.text.ConfigReader;
import dev.outrider.proxy.extension.text.ConfigText;
import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// What a control plane does, step by step.
///
/// @param nodeOnEveryMessage what the proxies are told about their node
/// @param bootstrap lines for the end of the bootstrap
record Script(boolean nodeOnEveryMessage, String bootstrap, List<Step> steps) {
  static final Path FOLDER = Path.of("src", "test", "resources", "conversations");

  private static final String RESPONSE = "envoy.service.discovery.v3.DiscoveryResponse";

  /// @param put resources that are there from now on
  /// @param remove resources that are there no longer, as `KIND/name`
  /// @param again whether every stream is ended first
  /// @param until kinds that must have answered for the step to be over
  /// @param hears kinds of which something must have been heard
  record Step(
      String name,
      List<Put> put,
      List<String> remove,
      boolean again,
      List<ResourceKind> until,
      List<ResourceKind> hears) {}

  record Put(ResourceKind kind, String name, Any resource) {}

  /// @param certificates folder that `{certificates}` stands for
  static Script read(String name, Path certificates) throws IOException {
    var reader = new ConfigReader(Schema.load());
    var document =
        mapping(
            load(
                Files.readString(FOLDER.resolve(name + ".yaml"))
                    .replace("{certificates}", certificates.toString())));
    var steps = new ArrayList<Step>();
    for (var each : list(document.get("steps"))) {
      var step = mapping(each);
      steps.add(
          new Step(
              text(step.get("name")),
              put(list(step.get("put")), reader),
              list(step.get("remove")).stream().map(Script::text).toList(),
              Boolean.TRUE.equals(step.get("again")),
              kinds(step.get("until")),
              kinds(step.get("hears"))));
    }
    return new Script(
        Boolean.TRUE.equals(document.get("node_on_every_message")),
        text(document.getOrDefault("bootstrap", "")),
        steps);
  }

  private static List<ResourceKind> kinds(@Nullable Object names) {
    return list(names).stream().map(kind -> ResourceKind.valueOf(text(kind))).toList();
  }

  private static List<Put> put(List<?> resources, ConfigReader reader)
      throws InvalidProtocolBufferException {
    var json = new Gson().toJson(Map.of("resources", resources));
    var parsed = reader.read(new ConfigText("script", json, ConfigText.Syntax.JSON), RESPONSE);
    if (!(parsed instanceof Parsed.Valid<byte[]>(var bytes))) {
      throw new IllegalArgumentException(parsed.toString());
    }
    var put = new ArrayList<Put>();
    var all = DiscoveryResponse.parseFrom(bytes).getResourcesList();
    for (int i = 0; i < all.size(); i++) {
      var fields = mapping(resources.get(i));
      var name = fields.getOrDefault("name", fields.get("cluster_name"));
      put.add(new Put(ResourceKind.of(all.get(i).getTypeUrl()), text(name), all.get(i)));
    }
    return put;
  }

  /// A document, with every `<<` replaced by what it merges.
  static Object load(String text) {
    return merged(new Load(LoadSettings.builder().build()).loadFromString(text));
  }

  private static Object merged(Object node) {
    return switch (node) {
      case Map<?, ?> map -> {
        var copy = new LinkedHashMap<String, Object>();
        if (map.get("<<") instanceof Map<?, ?> under) {
          copy.putAll(mapping(merged(under)));
        }
        map.forEach((key, value) -> copy.put(text(key), merged(value)));
        copy.remove("<<");
        yield copy;
      }
      case List<?> list -> list.stream().map(Script::merged).toList();
      default -> node;
    };
  }

  @SuppressWarnings("unchecked") // keys of a script are texts
  static Map<String, Object> mapping(Object node) {
    return (Map<String, Object>) node;
  }

  static List<?> list(@Nullable Object node) {
    return node == null ? List.of() : (List<?>) node;
  }

  static String text(@Nullable Object node) {
    return Objects.requireNonNull(node).toString();
  }
}

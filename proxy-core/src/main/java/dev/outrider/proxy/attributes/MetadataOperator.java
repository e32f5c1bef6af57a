package dev.outrider.proxy.attributes;

import dev.outrider.proxy.cluster.Metadata;
import dev.outrider.proxy.stream.StreamInfo;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// `%METADATA(ROUTE:namespace:key*):Z%` and its like: what the configuration says about a part of
/// itself. A text as it is, anything else as JSON.
record MetadataOperator(Function<StreamInfo, Metadata> metadata, List<byte[]> path, int maxBytes)
    implements FormatOperator {

  /// `%METADATA%`, of which the argument begins with a type.
  static FormatOperator of(OperatorSpec spec, Consumer<String> problems) {
    var argument = spec.argumentOrEmpty();
    var colon = argument.indexOf(':');
    var type = colon < 0 ? argument : argument.substring(0, colon);
    var metadata = source(type);
    if (metadata == null) {
      problems.accept(
          "operator "
              + spec
              + ": '"
              + type
              + "' is not supported; CLUSTER, ROUTE, UPSTREAM_HOST, LISTENER and VIRTUAL_HOST are");
      return (_, _) -> false;
    }
    return of(spec, metadata, colon < 0 ? "" : argument.substring(colon + 1), problems);
  }

  /// `%CLUSTER_METADATA%` and `%UPSTREAM_METADATA%`.
  static FormatOperator of(
      OperatorSpec spec, Function<StreamInfo, Metadata> metadata, Consumer<String> problems) {
    if (spec.length() != null) {
      problems.accept("operator " + spec + " does not allow length to be specified");
    }
    return of(spec, metadata, spec.argumentOrEmpty(), problems);
  }

  private static FormatOperator of(
      OperatorSpec spec,
      Function<StreamInfo, Metadata> metadata,
      String path,
      Consumer<String> problems) {
    if (path.isEmpty()) {
      problems.accept("operator " + spec + " needs the name of a filter, then keys");
    }
    var keys =
        Arrays.stream(path.split(":", -1))
            .map(key -> key.getBytes(StandardCharsets.UTF_8))
            .toList();
    return new MetadataOperator(metadata, keys, spec.maxBytes());
  }

  private static @Nullable Function<StreamInfo, Metadata> source(String type) {
    return switch (type) {
      case "CLUSTER" -> StreamInfo::clusterMetadata;
      case "ROUTE" -> StreamInfo::routeMetadata;
      case "VIRTUAL_HOST" -> StreamInfo::virtualHostMetadata;
      case "UPSTREAM_HOST" -> info -> info.upstream().hostMetadata();
      case "LISTENER" -> info -> info.connection().listener().metadata();
      default -> null;
    };
  }

  @Override
  public boolean write(StreamInfo info, ValueBuffer out) {
    return StructJson.write(metadata.apply(info).message(), path, false, maxBytes, out);
  }

  @Override
  public boolean writeJson(StreamInfo info, ValueBuffer out) {
    return StructJson.write(metadata.apply(info).message(), path, true, maxBytes, out);
  }
}

package dev.outrider.proxy.extension.text;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.schema.Schema;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import java.util.List;

/// Reads texts for the tests of this package.
final class ReaderHarness {
  static final Schema SCHEMA = Schema.load();

  private ReaderHarness() {}

  static Cluster cluster(String yaml) throws InvalidProtocolBufferException {
    return Cluster.parseFrom(
        bytes(ConfigText.yaml("c.yaml", yaml), "envoy.config.cluster.v3.Cluster"));
  }

  static Bootstrap bootstrap(String yaml) throws InvalidProtocolBufferException {
    return Bootstrap.parseFrom(
        bytes(ConfigText.yaml("b.yaml", yaml), "envoy.config.bootstrap.v3.Bootstrap"));
  }

  static Struct struct(String yaml) throws InvalidProtocolBufferException {
    return Struct.parseFrom(bytes(ConfigText.yaml("s.yaml", yaml), "google.protobuf.Struct"));
  }

  static byte[] bytes(ConfigText text, String message) {
    return switch (new ConfigReader(SCHEMA).read(text, message)) {
      case Parsed.Valid<byte[]>(var bytes) -> bytes;
      case Parsed.Invalid<byte[]>(var problems) ->
          throw new AssertionError(problems.stream().map(ConfigProblem::text).toList());
    };
  }

  /// The problems' texts of a Cluster.
  static List<String> problems(String yaml) {
    return problems(ConfigText.yaml("c.yaml", yaml), ReaderLimits.DEFAULT);
  }

  static List<String> problems(ConfigText text, ReaderLimits limits) {
    return new ConfigReader(SCHEMA, limits)
        .read(text, "envoy.config.cluster.v3.Cluster").problems().stream()
            .map(ConfigProblem::text)
            .toList();
  }
}

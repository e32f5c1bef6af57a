package dev.outrider.proxy.xds;

import dev.outrider.proxy.config.BootstrapConfig;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.text.ConfigReader;
import dev.outrider.proxy.extension.text.ConfigText;
import dev.outrider.proxy.xds.BootstrapParser.NodeFlags;
import java.util.LinkedHashSet;
import java.util.List;

/// Takes the text of a bootstrap to its parts: read by the schema, held against its rules, parsed.
/// The static resources in it are judged by [Configuration].
public final class BootstrapReader {
  private static final String BOOTSTRAP = "envoy.config.bootstrap.v3.Bootstrap";

  private final ConfigReader reader;
  private final SchemaCheck check;

  public BootstrapReader(ConfigReader reader, SchemaCheck check) {
    this.reader = reader;
    this.check = check;
  }

  /// Every problem of the text; if there is none, every problem of what it says.
  public Parsed<BootstrapConfig> read(ConfigText text, NodeFlags flags) {
    return reader.read(text, BOOTSTRAP).then(bytes -> parse(bytes, flags));
  }

  /// The same for a bootstrap that is encoded already.
  public Parsed<BootstrapConfig> parse(byte[] bytes, NodeFlags flags) {
    var problems = new LinkedHashSet<ConfigProblem>(check.bootstrap(bytes));
    var parsed = BootstrapParser.parse(bytes, flags);
    problems.addAll(parsed.problems());
    return switch (parsed) {
      case Parsed.Valid<BootstrapConfig>(var config) -> Parsed.of(config, List.copyOf(problems));
      case Parsed.Invalid<BootstrapConfig> _ -> new Parsed.Invalid<>(List.copyOf(problems));
    };
  }
}

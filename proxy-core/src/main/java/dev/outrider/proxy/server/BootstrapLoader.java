package dev.outrider.proxy.server;

import dev.outrider.proxy.config.BootstrapConfig;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.check.SchemaValidator;
import dev.outrider.proxy.extension.check.SupportedFields;
import dev.outrider.proxy.extension.check.UnsupportedFields;
import dev.outrider.proxy.extension.schema.Schema;
import dev.outrider.proxy.extension.text.ConfigReader;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.xds.BootstrapParser;
import dev.outrider.proxy.xds.BootstrapParser.NodeFlags;
import dev.outrider.proxy.xds.FieldReport;
import dev.outrider.proxy.xds.SchemaCheck;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes a bootstrap from its text to a checked [BootstrapConfig], before anything is started.
final class BootstrapLoader {
  private static final Logger LOG = LoggerFactory.getLogger("config");

  private BootstrapLoader() {}

  /// A bootstrap that can be started, with what was needed to check it.
  ///
  /// @param reader of texts of dynamic resources
  record Loaded(
      BootstrapConfig config,
      MetricRegistry metrics,
      ConfigReader reader,
      SchemaCheck check,
      FieldReport report) {}

  /// Reads files: blocks. Throws [StartupException] with every problem of text, schema and meaning.
  static Loaded load(ServerOptions options) {
    var schema = Schema.load();
    var metrics = new MetricRegistry(options.concurrency() + 1);
    var report = new FieldReport();
    var check =
        new SchemaCheck(
            new SchemaValidator(schema),
            new UnsupportedFields(schema, SupportedFields.load()),
            report,
            options.unknownFields(),
            metrics);
    var reader = new ConfigReader(schema);
    var wire =
        read(options, options.unknownFields().rejectStatic() ? reader : lenient(reader, metrics));
    var problems = new ArrayList<>(check.bootstrap(wire));
    return switch (BootstrapParser.parse(wire, nodeFlags(options))) {
      case Parsed.Valid<BootstrapConfig>(var config) when problems.isEmpty() -> {
        metrics.show(config.stats());
        yield new Loaded(config, metrics, check.dynamic(reader), check, report);
      }
      case Parsed.Valid<BootstrapConfig> _ -> throw refused(problems);
      case Parsed.Invalid<BootstrapConfig>(var more) -> {
        problems.addAll(more);
        throw refused(problems);
      }
    };
  }

  private static byte[] read(ServerOptions options, ConfigReader reader) {
    return switch (BootstrapText.read(options.bootstrap(), reader)) {
      case Parsed.Valid<byte[]>(var wire) -> wire;
      case Parsed.Invalid<byte[]>(var problems) -> throw refused(problems);
    };
  }

  private static ConfigReader lenient(ConfigReader reader, MetricRegistry metrics) {
    var unknown = metrics.counter("server.static_unknown_fields");
    return reader.tolerating(
        problem -> {
          unknown.inc();
          LOG.warn("{} (left out: --allow-unknown-static-fields)", problem.text());
        });
  }

  private static NodeFlags nodeFlags(ServerOptions options) {
    var node = options.node();
    return new NodeFlags(orEmpty(node.id()), orEmpty(node.cluster()), orEmpty(node.zone()));
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  private static StartupException refused(List<ConfigProblem> problems) {
    return new StartupException(problems.stream().map(ConfigProblem::text).distinct().toList());
  }
}

package dev.outrider.proxy.xds;

import com.google.protobuf.ByteString;
import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.check.SchemaValidator;
import dev.outrider.proxy.extension.check.UnsupportedFields;
import dev.outrider.proxy.extension.text.ConfigReader;
import dev.outrider.proxy.metrics.Counter;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.xds.resource.MessageCheck;
import dev.outrider.proxy.xds.resource.ResourceKey;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Holds messages against Envoy's schema: refuses what breaks its validation rules, reports what is
/// set and not acted on, and counts what the schema does not know and what is ignored on purpose.
/// Main loop only, but for what says otherwise.
public final class SchemaCheck implements MessageCheck, Consumer<ConfigProblem> {
  private static final Logger LOG = LoggerFactory.getLogger("config");
  private static final String BOOTSTRAP = "envoy.config.bootstrap.v3.Bootstrap";

  /// What happens to fields that the schema does not have.
  ///
  /// @param rejectStatic Envoy's default; off with `--allow-unknown-static-fields`
  /// @param rejectDynamic on with `--reject-unknown-dynamic-fields`
  /// @param countDynamic off with `--ignore-unknown-dynamic-fields`
  public record UnknownFields(boolean rejectStatic, boolean rejectDynamic, boolean countDynamic) {
    public static final UnknownFields DEFAULT = new UnknownFields(true, false, true);
  }

  private final SchemaValidator validator;
  private final UnsupportedFields fields;
  private final FieldReport report;
  private final UnknownFields unknown;
  private final MetricRegistry metrics;
  private final Counter staticUnknown;
  private final Counter dynamicUnknown;

  public SchemaCheck(
      SchemaValidator validator,
      UnsupportedFields fields,
      FieldReport report,
      UnknownFields unknown,
      MetricRegistry metrics) {
    this.validator = validator;
    this.fields = fields;
    this.report = report;
    this.unknown = unknown;
    this.metrics = metrics;
    this.staticUnknown = metrics.counter("server.static_unknown_fields");
    this.dynamicUnknown = metrics.counter("server.dynamic_unknown_fields");
  }

  /// The same reader for texts of dynamic resources: unless they are refused, fields that the
  /// schema does not have are left out, counted and logged. Any thread.
  public ConfigReader dynamic(ConfigReader strict) {
    return unknown.rejectDynamic() ? strict : strict.tolerating(this);
  }

  /// A field was left out. Any thread.
  @Override
  public void accept(ConfigProblem field) {
    if (unknown.countDynamic()) {
      dynamicUnknown.inc();
      LOG.warn("{} (left out)", field.text());
    }
  }

  /// Every reason to refuse a bootstrap, its static resources included.
  public List<ConfigProblem> bootstrap(byte[] bytes) {
    return problems(BOOTSTRAP, "bootstrap", ConfigOrigin.STATIC, bytes);
  }

  /// Static resources were checked with the bootstrap that holds them.
  @Override
  public List<ConfigProblem> problems(ResourceKey key, ConfigOrigin origin, ByteString bytes) {
    return origin == ConfigOrigin.STATIC
        ? List.of()
        : problems(key.kind().messageName(), key.toString(), origin, bytes.toByteArray());
  }

  private List<ConfigProblem> problems(
      String messageName, String resource, ConfigOrigin origin, byte[] bytes) {
    var problems = new ArrayList<>(validator.validate(messageName, bytes, resource));
    var found = fields.find(messageName, bytes);
    report.found(resource, found.unheeded());
    for (var extension : found.ignored()) {
      metrics.counter("extension.ignored." + extension.field()).inc();
    }
    var isStatic = origin == ConfigOrigin.STATIC;
    if (isStatic || unknown.countDynamic()) {
      (isStatic ? staticUnknown : dynamicUnknown).add(found.unknown().size());
    }
    if (isStatic ? unknown.rejectStatic() : unknown.rejectDynamic()) {
      for (var path : found.unknown()) {
        problems.add(new ConfigProblem(resource, path, "unknown field"));
      }
    }
    return problems;
  }
}

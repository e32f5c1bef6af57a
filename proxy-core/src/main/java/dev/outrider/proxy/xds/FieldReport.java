package dev.outrider.proxy.xds;

import dev.outrider.proxy.extension.check.UnsupportedFields.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the configuration sets and nobody acts on, as `/unsupported_fields` shows it: of each
/// resource what its last version had. Main loop only.
public final class FieldReport {
  private static final Logger LOG = LoggerFactory.getLogger("config");

  private final Map<String, List<Finding>> byResource = new TreeMap<>();

  /// One field that was found.
  ///
  /// @param resource e.g. `listener 'main'`
  /// @param path from the root of the resource
  /// @param field `message.field` of the schema, or the name of an extension that is ignored
  public record Entry(String resource, String path, String field) {}

  /// Replaces what is known about a resource.
  void found(String resource, List<Finding> findings) {
    var before =
        findings.isEmpty() ? byResource.remove(resource) : byResource.put(resource, findings);
    if (!findings.equals(before)) {
      for (var finding : findings) {
        LOG.warn("{}: {} is set, but not acted on", resource, finding.path());
      }
    }
  }

  /// Sorted by resource, then in the order of the message.
  public List<Entry> entries() {
    var entries = new ArrayList<Entry>();
    byResource.forEach(
        (resource, findings) ->
            findings.forEach(
                finding -> entries.add(new Entry(resource, finding.path(), finding.field()))));
    return entries;
  }
}

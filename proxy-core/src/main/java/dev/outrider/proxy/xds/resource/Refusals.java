package dev.outrider.proxy.xds.resource;

import dev.outrider.proxy.extension.ConfigProblem;
import java.util.List;
import java.util.Map;

/// Says to a control plane what was refused, in Envoy's form: each resource by name, each with its
/// fields and reasons.
public final class Refusals {

  private Refusals() {}

  /// What a refusal says to the control plane.
  ///
  /// @param problems by name of the resource, at least one
  public static String text(ResourceKind kind, Map<String, List<ConfigProblem>> problems) {
    var text = new StringBuilder();
    switch (kind) {
      case CLUSTER -> {
        text.append("Error adding/updating cluster(s) ");
        var separator = "";
        for (var entry : problems.entrySet()) {
          text.append(separator).append(entry.getKey()).append(": ");
          text.append(reasons(entry.getValue()));
          separator = ", ";
        }
      }
      case LISTENER -> {
        text.append("Error adding/updating listener(s) ");
        problems.forEach(
            (name, reasons) ->
                text.append(name).append(": ").append(reasons(reasons)).append('\n'));
      }
      case ENDPOINTS, ROUTES, SECRET, EXTENSION, RUNTIME, SCOPE, LOCALITY, VIRTUAL_HOST -> {
        text.append(kind == ResourceKind.SCOPE ? "Error adding/updating scoped route(s): " : "");
        var separator = "";
        for (var reasons : problems.values()) {
          for (var problem : reasons) {
            text.append(separator).append(problem.text());
            separator = "; ";
          }
        }
      }
    }
    return text.toString();
  }

  /// Every reason to refuse one resource, with its fields.
  public static String reasons(List<ConfigProblem> problems) {
    var text = new StringBuilder();
    for (var problem : problems) {
      text.append(text.isEmpty() ? "" : "; ");
      text.append(problem.field().isEmpty() ? "" : problem.field() + ": ");
      text.append(problem.message());
    }
    return text.toString();
  }
}

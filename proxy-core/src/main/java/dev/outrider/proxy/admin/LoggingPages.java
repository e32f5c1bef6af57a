package dev.outrider.proxy.admin;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/// `/logging` and `/reopen_logs`. A level is changed only if everything else that was asked for can
/// be changed too, as in Envoy.
record LoggingPages(LogControl logs) {
  private static final String USAGE =
      """

      usage: /logging?<name>=<level> (change single level)
      usage: /logging?paths=name1:level1,name2:level2,... (change multiple levels)
      usage: /logging?level=<level> (change all levels)
      usage: /logging?group=<group_name>:<level> (change group of loggers)
      levels: trace debug info warning error critical off\s
      """;

  List<AdminEndpoint> endpoints() {
    return List.of(
        AdminEndpoint.mutating("/logging", "query/change logging levels", this::change)
            .with(
                AdminParameter.any(
                    "paths",
                    "Change multiple logging levels by setting to"
                        + " <logger_name1>:<desired_level1>,<logger_name2>:<desired_level2>."),
                AdminParameter.oneOf(
                    "level",
                    "desired logging level, this will change all loggers's level",
                    "",
                    "trace",
                    "debug",
                    "info",
                    "warning",
                    "error",
                    "critical",
                    "off")),
        AdminEndpoint.ordering(
            "/reopen_logs",
            "reopen access logs",
            _ -> {
              logs.reopenFiles();
              return CompletableFuture.completedFuture(null);
            }));
  }

  private AdminResponse change(AdminRequest request) {
    var asked = request.query();
    if (asked.size() > 1) {
      return refusal("invalid number of parameters");
    }
    for (var name : asked.keySet()) {
      var value = String.valueOf(request.first(name));
      var refusal =
          switch (name) {
            case "level" -> value.isEmpty() ? "" : changeAll(value);
            case "group" -> "group parameter requires fine-grain logging to be enabled";
            case "paths" -> value.isEmpty() ? "" : changePaths(value);
            default -> changeThese(Map.of(name, value));
          };
      if (!refusal.isEmpty()) {
        return refusal(refusal);
      }
    }
    return AdminResponse.text(active());
  }

  private String active() {
    var text = new StringBuilder("active loggers:\n");
    logs.levels().forEach((name, level) -> text.append("  " + name + ": " + level + "\n"));
    return text.append('\n').toString();
  }

  private String changeAll(String level) {
    if (!logs.isLevel(level)) {
      return "unknown logger level";
    }
    logs.setAllLevels(level);
    return "";
  }

  private String changePaths(String value) {
    var changes = new LinkedHashMap<String, String>();
    for (var pair : value.split(",", -1)) {
      int colon = pair.indexOf(':');
      if (colon < 1 || colon == pair.length() - 1) {
        return "empty logger name or empty logger level";
      }
      changes.put(pair.substring(0, colon), pair.substring(colon + 1));
    }
    return changeThese(changes);
  }

  /// Why it cannot be done; empty if it was done.
  private String changeThese(Map<String, String> changes) {
    for (var change : changes.entrySet()) {
      if (!logs.isLevel(change.getValue())) {
        return "unknown logger level";
      }
      if (!logs.levels().containsKey(change.getKey())) {
        return "unknown logger name";
      }
    }
    changes.forEach(logs::setLevel);
    return "";
  }

  private AdminResponse refusal(String why) {
    return AdminResponse.text(400, "error: " + why + "\n" + USAGE + active());
  }
}

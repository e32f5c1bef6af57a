package dev.outrider.proxy.admin;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/// `/stats/recentlookups` and what it is switched by.
record LookupsPage(ServerView server) {
  private static final String PATH = "/stats/recentlookups";

  List<AdminEndpoint> endpoints() {
    Function<AdminRequest, AdminResponse> handler = this::answer; // one for all
    return List.of(
        AdminEndpoint.reading(PATH, "Show recent stat-name lookups", handler),
        AdminEndpoint.mutating(
            PATH + "/clear", "clear list of stat-name lookups and counter", handler),
        AdminEndpoint.mutating(
            PATH + "/disable", "disable recording of reset stat-name lookup names", handler),
        AdminEndpoint.mutating(
            PATH + "/enable", "enable recording of reset stat-name lookup names", handler));
  }

  private AdminResponse answer(AdminRequest request) {
    var lookups = server.metrics().lookups();
    switch (request.path().substring(PATH.length())) {
      case "/clear" -> lookups.clear();
      case "/disable" -> lookups.enable(false);
      case "/enable" -> lookups.enable(true);
      default -> {
        return AdminResponse.text(text());
      }
    }
    return AdminResponse.text("OK\n");
  }

  private String text() {
    var lookups = server.metrics().lookups();
    var latest = lookups.latest();
    var text = new StringBuilder();
    if (latest == null) {
      text.append("Lookup tracking is not enabled. Use /stats/recentlookups/enable to enable.\n");
    } else {
      text.append("   Count Lookup\n");
      latest.forEach(
          each -> text.append(String.format(Locale.ROOT, "%8d %s\n", each.count(), each.name())));
    }
    return text.append("\ntotal: ").append(lookups.total()).append('\n').toString();
  }
}

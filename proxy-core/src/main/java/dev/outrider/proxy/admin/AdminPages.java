package dev.outrider.proxy.admin;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.outrider.proxy.admin.ServerView.ConfigDumpQuery;
import dev.outrider.proxy.admin.ServerView.DrainEnd;
import dev.outrider.proxy.admin.ServerView.State;
import dev.outrider.proxy.config.DrainScope;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The endpoints and the rules that hold for all of them: unknown paths get the help, mutating ones
/// want POST.
public final class AdminPages {
  private final List<AdminEndpoint> endpoints;
  private final ServerView server;

  public AdminPages(ServerView server) {
    this.server = server;
    var stats = new StatsPage(server.metrics());
    this.endpoints =
        List.of(
                AdminEndpoint.reading("/", "Admin home page", _ -> home()),
                AdminEndpoint.reading(
                    "/certs",
                    "print certs on machine",
                    _ -> CertsPage.of(server.config(), server.now())),
                AdminEndpoint.reading(
                    "/clusters",
                    "upstream cluster status",
                    request -> ClustersPage.of(request, server)),
                AdminEndpoint.reading(
                    "/config_dump", "dump current configuration", this::configDump),
                AdminEndpoint.ordering("/drain_listeners", "drain listeners", this::drain),
                AdminEndpoint.ordering(
                    "/healthcheck/fail",
                    "cause the server to fail health checks",
                    _ -> server.failHealthCheck(true)),
                AdminEndpoint.ordering(
                    "/healthcheck/ok",
                    "cause the server to pass health checks",
                    _ -> server.failHealthCheck(false)),
                AdminEndpoint.reading(
                    "/help", "print out list of admin commands", _ -> AdminResponse.text(help())),
                AdminEndpoint.reading(
                    "/listeners",
                    "print listener info",
                    request -> ListenersPage.of(request, server.listenerAddresses())),
                AdminEndpoint.mutating("/quitquitquit", "exit the server", _ -> quit()),
                AdminEndpoint.waiting(
                    "/ready",
                    "print server state, return 200 if LIVE, otherwise return 503",
                    _ -> ready()),
                AdminEndpoint.reading(
                    "/server_info",
                    "print server version/status information",
                    _ -> ServerInfoPage.of(server)),
                AdminEndpoint.reading("/stats", "print server stats", stats::stats),
                AdminEndpoint.reading(
                    "/stats/prometheus",
                    "print server stats in prometheus format",
                    stats::prometheus),
                AdminEndpoint.reading(
                    "/unsupported_fields",
                    "print configured fields that have no effect (not in Envoy)",
                    _ -> unsupportedFields()))
            .stream()
            .sorted(Comparator.comparing(AdminEndpoint::path))
            .toList();
  }

  /// Answers one request, at once or later on the main loop; never throws for what a client sent.
  public CompletionStage<AdminResponse> answer(AdminRequest request) {
    var endpoint = find(request.path());
    if (endpoint == null) {
      return CompletableFuture.completedFuture(AdminResponse.text(404, "invalid path. " + help()));
    }
    if (endpoint.mutating() && !request.method().equals("POST")) {
      return CompletableFuture.completedFuture(
          AdminResponse.text(405, "Method " + request.method() + " not allowed, POST required."));
    }
    return endpoint.handler().apply(request);
  }

  private @Nullable AdminEndpoint find(String path) {
    for (var endpoint : endpoints) {
      if (endpoint.path().equals(path)) {
        return endpoint;
      }
    }
    return null;
  }

  private String help() {
    var help = new StringBuilder("admin commands are:\n");
    for (var endpoint : endpoints) {
      help.append("  ")
          .append(endpoint.path())
          .append(endpoint.mutating() ? " (POST)" : "")
          .append(": ")
          .append(endpoint.help())
          .append('\n');
    }
    return help.toString();
  }

  private AdminResponse home() {
    var page =
        new StringBuilder("<!DOCTYPE html><title>Outrider admin</title><h1>Outrider</h1><table>");
    for (var endpoint : endpoints) {
      page.append("<tr><td>");
      if (endpoint.mutating()) {
        page.append(
            "<form action=\"%s\" method=\"post\"><button>%s</button></form>"
                .formatted(endpoint.path(), endpoint.path()));
      } else {
        page.append("<a href=\"%s\">%s</a>".formatted(endpoint.path(), endpoint.path()));
      }
      page.append("<td>").append(endpoint.help());
    }
    return new AdminResponse(200, "text/html; charset=UTF-8", page.append("</table>\n").toString());
  }

  /// As Envoy; but a server of which a worker is stuck is not ready either.
  private CompletionStage<AdminResponse> ready() {
    return server.state() == State.LIVE
        ? server.silentWorkers().thenApply(this::ready)
        : CompletableFuture.completedFuture(AdminResponse.text(503, server.state() + "\n"));
  }

  private AdminResponse ready(List<Integer> silent) {
    return silent.isEmpty()
        ? AdminResponse.text(server.state() == State.LIVE ? 200 : 503, server.state() + "\n")
        : AdminResponse.text(
            503,
            silent.stream()
                .map(worker -> "worker " + worker + " does not answer\n")
                .collect(Collectors.joining()));
  }

  private AdminResponse configDump(AdminRequest request) {
    if (request.has("mask")) {
      return AdminResponse.text(400, "mask is not supported yet; use resource and name_regex\n");
    }
    var resource = Objects.requireNonNullElse(request.first("resource"), "");
    var regex = request.first("name_regex");
    try {
      Predicate<String> names = regex == null ? _ -> true : Pattern.compile(regex)::matches;
      return server
          .configDump(new ConfigDumpQuery(resource, names, request.has("include_eds")))
          .map(AdminResponse::json)
          .orElseGet(() -> AdminResponse.text(404, resource + " not found in config dump\n"));
    } catch (PatternSyntaxException malformed) {
      return AdminResponse.malformedRegex(malformed);
    }
  }

  private AdminResponse unsupportedFields() {
    var fields = server.unsupportedFields();
    return AdminResponse.text(fields.isEmpty() ? "" : String.join("\n", fields) + "\n");
  }

  /// As Envoy, which looks at whether a parameter is there, not at its value.
  private CompletionStage<?> drain(AdminRequest request) {
    return server.drainListeners(
        request.has("inboundonly") ? DrainScope.INBOUND_ONLY : DrainScope.ALL,
        request.has("skip_exit")
            ? DrainEnd.STAY
            : request.has("graceful") ? DrainEnd.STOP_LATER : DrainEnd.STOP_NOW);
  }

  private AdminResponse quit() {
    server.quit();
    return AdminResponse.text("OK\n");
  }
}

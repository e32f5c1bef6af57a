package dev.outrider.proxy.admin;

import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The endpoints and the rules that hold for all of them: unknown paths get the help, mutating ones
/// want POST, and may be switched off.
public final class AdminPages {
  private static final String TAP = "/tap"; // of Envoy only while a tap filter is configured

  private final List<AdminEndpoint> endpoints;
  private final ServerView server;
  private final boolean readOnly;

  /// @param readOnly refuse what would change anything
  public AdminPages(ServerView server, boolean readOnly) {
    this.server = server;
    this.readOnly = readOnly;
    this.endpoints =
        Stream.of(
                own(),
                new ConfigPages(server).endpoints(),
                new LifePages(server).endpoints(),
                new LoggingPages(server.logs()).endpoints(),
                new LookupsPage(server).endpoints(),
                new ProcessPages(server.profiler()).endpoints(),
                new RuntimePage(server).endpoints(),
                new StatsPage(server).endpoints(),
                new WasmPage(server).endpoints())
            .flatMap(List::stream)
            .sorted(Comparator.comparing(AdminEndpoint::path))
            .toList();
  }

  private List<AdminEndpoint> own() {
    return List.of(
        AdminEndpoint.reading("/", "Admin home page", _ -> HtmlPage.index(endpoints())),
        AdminEndpoint.reading(
            "/certs", "print certs on machine", _ -> CertsPage.of(server.config(), server.now())),
        AdminEndpoint.reading(
                "/clusters", "upstream cluster status", request -> ClustersPage.of(request, server))
            .with(
                AdminParameter.any(
                    "filter", "Regular expression (Google re2) for filtering clusters by name")),
        AdminEndpoint.reading(
            "/help", "print out list of admin commands", _ -> AdminResponse.text(help())),
        AdminEndpoint.reading(
                "/listeners",
                "print listener info",
                request -> ListenersPage.of(request, server.listenerAddresses()))
            .with(AdminParameter.oneOf("format", "File format to use", "text", "json")),
        AdminEndpoint.reading(
            "/server_info",
            "print server version/status information",
            _ -> ServerInfoPage.of(server)));
  }

  /// Answers one request, at once or later on the main loop; never throws for what a client sent.
  public CompletionStage<AdminResponse> answer(AdminRequest request) {
    var endpoint = find(request.path());
    if (endpoint == null && request.path().equals(TAP)) {
      return refused(
          404, TAP + " is not supported: the HTTP tap filter, which it controls, is not\n");
    }
    if (endpoint == null) {
      return refused(404, "invalid path. " + help());
    }
    if (endpoint.mutating() && !request.method().equals("POST")) {
      return refused(405, "Method " + request.method() + " not allowed, POST required.");
    }
    if (endpoint.mutating() && readOnly) {
      return refused(
          403, endpoint.path() + " would change the server, and --admin-read-only is set\n");
    }
    return endpoint.handler().apply(request);
  }

  private static CompletionStage<AdminResponse> refused(int status, String sentence) {
    return CompletableFuture.completedFuture(AdminResponse.text(status, sentence));
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
    endpoints.forEach(endpoint -> help.append(endpoint.lines()));
    return help.toString();
  }

  private List<AdminEndpoint> endpoints() {
    return endpoints;
  }
}

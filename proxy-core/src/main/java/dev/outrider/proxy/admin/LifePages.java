package dev.outrider.proxy.admin;

import dev.outrider.proxy.admin.ServerView.DrainEnd;
import dev.outrider.proxy.admin.ServerView.State;
import dev.outrider.proxy.config.DrainScope;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;

/// The life of the process: what it is ready for, and how it is brought to its end.
record LifePages(ServerView server) {
  List<AdminEndpoint> endpoints() {
    return List.of(
        AdminEndpoint.ordering("/drain_listeners", "drain listeners", this::drain)
            .with(
                AdminParameter.any(
                    "graceful",
                    "When draining listeners, enter a graceful drain period prior to closing"
                        + " listeners. This behaviour and duration is configurable via server"
                        + " options or CLI"),
                AdminParameter.any(
                    "skip_exit",
                    "When draining listeners, drain the connections but never stop the listeners."
                        + " The graceful parameter has no effect when this is set, since the drain"
                        + " period only delays stopping the listeners"),
                AdminParameter.any(
                    "inboundonly",
                    "Drains all inbound listeners. traffic_direction field in"
                        + " envoy_v3_api_msg_config.listener.v3.Listener is used to determine"
                        + " whether a listener is inbound or outbound.")),
        AdminEndpoint.ordering(
            "/healthcheck/fail",
            "cause the server to fail health checks",
            _ -> server.failHealthCheck(true)),
        AdminEndpoint.ordering(
            "/healthcheck/ok",
            "cause the server to pass health checks",
            _ -> server.failHealthCheck(false)),
        AdminEndpoint.mutating("/quitquitquit", "exit the server", _ -> quit()),
        AdminEndpoint.waiting(
            "/ready",
            "print server state, return 200 if LIVE, otherwise return 503",
            _ -> ready()));
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

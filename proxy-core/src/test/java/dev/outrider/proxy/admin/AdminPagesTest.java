package dev.outrider.proxy.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.outrider.proxy.admin.ServerView.State;
import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HealthFlag;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.ProxyConfig;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.outlier.OutlierDetector;
import dev.outrider.proxy.outlier.OutlierSpecs;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdminPagesTest {
  /// What Envoy prints for a cluster with one endpoint, in its order.
  private static final String CLUSTER_LINES =
      """
      svc::observability_name::svc
      svc::default_priority::max_connections::1024
      svc::default_priority::max_pending_requests::1024
      svc::default_priority::max_requests::1024
      svc::default_priority::max_retries::3
      svc::high_priority::max_connections::1024
      svc::high_priority::max_pending_requests::1024
      svc::high_priority::max_requests::1024
      svc::high_priority::max_retries::3
      svc::added_via_api::false
      svc::127.0.0.1:9000::cx_active::0
      svc::127.0.0.1:9000::cx_connect_fail::0
      svc::127.0.0.1:9000::cx_total::0
      svc::127.0.0.1:9000::rq_active::0
      svc::127.0.0.1:9000::rq_error::0
      svc::127.0.0.1:9000::rq_pending_active::0
      svc::127.0.0.1:9000::rq_success::0
      svc::127.0.0.1:9000::rq_timeout::0
      svc::127.0.0.1:9000::rq_total::0
      svc::127.0.0.1:9000::hostname::
      svc::127.0.0.1:9000::health_flags::healthy
      svc::127.0.0.1:9000::weight::1
      svc::127.0.0.1:9000::region::
      svc::127.0.0.1:9000::zone::
      svc::127.0.0.1:9000::sub_zone::
      svc::127.0.0.1:9000::canary::false
      svc::127.0.0.1:9000::priority::0
      svc::127.0.0.1:9000::success_rate::-1
      svc::127.0.0.1:9000::local_origin_success_rate::-1
      """;

  private final FakeServerView server = new FakeServerView();
  private final AdminPages pages = new AdminPages(server, false);

  @Test
  void saysWhyItHasNoTap() {
    for (var method : new String[] {"GET", "POST"}) {
      var answer = ask(method, "/tap");

      assertThat(answer.status()).isEqualTo(404);
      assertThat(answer.body()).startsWith("/tap is not supported: the HTTP tap filter");
    }
  }

  @Test
  void answersAnUnknownPathWithTheHelp() {
    var answer = get("/nosuch");

    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.body())
        .startsWith("invalid path. admin commands are:\n")
        .contains("  /quitquitquit (POST): exit the server\n")
        .contains("  /stats/prometheus: print server stats in prometheus format\n");
    assertThat(get("/help").body()).isEqualTo(answer.body().substring("invalid path. ".length()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/clusters",
        "/config_dump",
        "/contention",
        "/help",
        "/hot_restart_version",
        "/init_dump",
        "/listeners",
        "/memory",
        "/ready",
        "/server_info",
        "/stats",
        "/stats/prometheus",
        "/unsupported_fields"
      })
  void answersEachReadingPath(String path) {
    var answer = get(path);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(get("/").body()).contains(">" + path.substring(1) + "<");
    assertThat(get("/help").body()).contains("  " + path + ": ");
  }

  @Test
  void changesStateByPostOnly() {
    var refused = get("/quitquitquit");

    assertThat(refused.status()).isEqualTo(405);
    assertThat(refused.body()).isEqualTo("Method GET not allowed, POST required.");
    assertThat(server.quits).isZero();

    var done = now(pages.answer(new AdminRequest("POST", "/quitquitquit", Map.of())));

    assertThat(done.body()).isEqualTo("OK\n");
    assertThat(server.quits).isEqualTo(1);
  }

  @Test
  void changesNothingWhenThatIsSwitchedOff() {
    var guarded = new AdminPages(server, true);

    var refused = now(guarded.answer(new AdminRequest("POST", "/quitquitquit", Map.of())));

    assertThat(refused)
        .isEqualTo(
            AdminResponse.text(
                403, "/quitquitquit would change the server, and --admin-read-only is set\n"));
    assertThat(server.quits).isZero();
    assertThat(now(guarded.answer(new AdminRequest("GET", "/ready", Map.of()))).body())
        .isEqualTo("LIVE\n");
  }

  @Test
  void showsAndChangesTheRuntime() {
    server.runtime.start();

    assertThat(post("/runtime_modify").status()).isEqualTo(400);
    var added =
        pages.answer(
            new AdminRequest(
                "POST", "/runtime_modify", Map.of("a", List.of("2"), "b", List.of("true"))));
    assertThat(now(added)).isEqualTo(AdminResponse.text("OK\n"));

    assertThat(get("/runtime").body().replaceAll("\\s", ""))
        .isEqualTo(
            "{'layers':['base','op'],'entries':{'a':{'layer_values':['1','2'],'final_value':'2'},"
                    .replace('\'', '"')
                + "'b':{'layer_values':['','true'],'final_value':'true'}}}".replace('\'', '"'));
  }

  @Test
  void isNotReadyWhileAWorkerDoesNotAnswer() {
    server.silent = new CompletableFuture<>();
    var answer = pages.answer(new AdminRequest("GET", "/ready", Map.of()));
    assertThat(answer.toCompletableFuture()).as("while the workers are asked").isNotDone();

    server.silent.complete(List.of(1, 3));

    assertThat(now(answer).status()).isEqualTo(503);
    assertThat(now(answer).body())
        .isEqualTo("worker 1 does not answer\nworker 3 does not answer\n");
    server.silent = CompletableFuture.completedFuture(List.of());
    assertThat(get("/ready").body()).as("afterwards").isEqualTo("LIVE\n");
  }

  @Test
  void isReadyWhenItIsLive() {
    server.state = State.INITIALIZING;
    var early = get("/ready");
    server.state = State.LIVE;
    var live = get("/ready");
    server.state = State.DRAINING;
    var late = get("/ready");

    assertThat(early).isEqualTo(AdminResponse.text(503, "INITIALIZING\n"));
    assertThat(live).isEqualTo(AdminResponse.text(200, "LIVE\n"));
    assertThat(late).isEqualTo(AdminResponse.text(503, "DRAINING\n"));
  }

  @Test
  void drainsWhenItsHealthCheckIsMadeToFail() {
    assertThat(post("/healthcheck/fail")).isEqualTo(AdminResponse.text("OK\n"));
    assertThat(get("/ready")).isEqualTo(AdminResponse.text(503, "DRAINING\n"));
    assertThat(get("/server_info").body()).contains("\"state\": \"DRAINING\"");

    assertThat(post("/healthcheck/ok")).isEqualTo(AdminResponse.text("OK\n"));
    assertThat(get("/ready")).isEqualTo(AdminResponse.text("LIVE\n"));
  }

  /// What Envoy 1.40 does: `skip_exit` is graceful by itself, and only the presence of a parameter
  /// counts.
  @ParameterizedTest
  @CsvSource({
    "/drain_listeners, ALL STOP_NOW",
    "/drain_listeners?inboundonly, INBOUND_ONLY STOP_NOW",
    "/drain_listeners?graceful, ALL STOP_LATER",
    "/drain_listeners?graceful&inboundonly, INBOUND_ONLY STOP_LATER",
    "/drain_listeners?graceful=false, ALL STOP_LATER",
    "/drain_listeners?graceful&skip_exit, ALL STAY",
    "/drain_listeners?skip_exit, ALL STAY"
  })
  void drainsListenersAsItIsTold(String path, String drain) {
    assertThat(post(path)).isEqualTo(AdminResponse.text("OK\n"));

    assertThat(server.drains).containsExactly(drain);
  }

  @Test
  void showsStatsByUseAndName() {
    server.registry.counter("cluster.a.rq").add(3);
    server.registry.counter("cluster.b.rq");
    server.registry.counter("http.x.rq").add(1);

    assertThat(get("/stats").body()).isEqualTo("cluster.a.rq: 3\ncluster.b.rq: 0\nhttp.x.rq: 1\n");
    assertThat(get("/stats?usedonly").body()).isEqualTo("cluster.a.rq: 3\nhttp.x.rq: 1\n");
    assertThat(get("/stats?filter=er.b").body()).isEqualTo("cluster.b.rq: 0\n");
    assertThat(get("/stats?filter=%5Ecluster&usedonly").body()).isEqualTo("cluster.a.rq: 3\n");
    assertThat(get("/stats?format=prometheus").body())
        .isEqualTo(get("/stats/prometheus").body())
        .contains("# TYPE");
  }

  @Test
  void refusesWhatItCannotReadOrShow() {
    assertThat(get("/stats?filter=(").status()).isEqualTo(400);
    assertThat(get("/stats?filter=(").body()).startsWith("Invalid re2 regex: ");
    assertThat(get("/stats/prometheus?filter=(").status()).isEqualTo(400);
    assertThat(get("/config_dump?name_regex=(").status()).isEqualTo(400);
    assertThat(get("/stats?format=xml").status()).isEqualTo(400);
  }

  @Test
  void listsListenersAsTextAndAsJson() {
    server.addresses.put("main", List.of(new HostPort("127.0.0.1", 20600)));
    server.addresses.put("six", List.of(new HostPort("::1", 20601), HostPort.pipe("/run/six")));

    assertThat(get("/listeners").body())
        .isEqualTo("main::127.0.0.1:20600\nsix::[::1]:20601\nsix::/run/six\n");
    assertThat(get("/listeners?format=json").contentType()).isEqualTo("application/json");
    assertThat(get("/listeners?format=json").body())
        .startsWith(
            """
            {
             "listener_statuses": [
              {
               "name": "main",
               "local_address": {
                "socket_address": {
                 "address": "127.0.0.1",
                 "port_value": 20600
                }
               }
              },
            """)
        .contains(
            """
               "additional_local_addresses": [
                {
                 "pipe": {
                  "path": "/run/six"
                 }
                }
               ]
            """);
  }

  @Test
  void showsAClusterLineByLineInEnvoysOrder() {
    var assignment =
        new Assignment("svc", List.of(new EndpointSpec(new HostPort("127.0.0.1", 9000))));
    server.config =
        new ProxyConfig(
            Map.of("svc", Cluster.withDefaults("svc", new Discovery.Static(assignment))),
            Map.of("svc", EndpointSet.next(null, "svc", assignment, 1)),
            Map.of(),
            Map.of());

    assertThat(get("/clusters").body()).isEqualTo(CLUSTER_LINES);
  }

  @Test
  void showsAClusterInJsonAsEnvoyDoes() {
    var assignment =
        new Assignment("svc", List.of(new EndpointSpec(new HostPort("127.0.0.1", 9000))));
    var set = EndpointSet.next(null, "svc", assignment, 1);
    set.endpoints().getFirst().shared().mark(HealthFlag.FAILED_OUTLIER_CHECK);
    server.config =
        new ProxyConfig(
            Map.of("svc", Cluster.withDefaults("svc", new Discovery.Static(assignment))),
            Map.of("svc", set),
            Map.of(),
            Map.of());

    var page = JsonParser.parseString(get("/clusters?format=json").body()).getAsJsonObject();

    var cluster = page.getAsJsonArray("cluster_statuses").get(0).getAsJsonObject();
    assertThat(cluster.keySet())
        .containsExactly("name", "host_statuses", "circuit_breakers", "observability_name");
    assertThat(cluster.get("circuit_breakers").toString())
        .contains("{\"priority\":\"HIGH\",\"max_connections\":1024,");
    var host = cluster.getAsJsonArray("host_statuses").get(0).getAsJsonObject();
    assertThat(host.keySet())
        .containsExactly("address", "stats", "health_status", "weight", "locality");
    assertThat(host.get("health_status"))
        .hasToString("{\"failed_outlier_check\":true,\"eds_health_status\":\"HEALTHY\"}");
    assertThat(host.getAsJsonArray("stats").get(0)).hasToString("{\"name\":\"cx_connect_fail\"}");
    assertThat(get("/clusters?format=json&filter=other").body()).isEqualTo("{}\n");
    assertThat(get("/clusters?filter=other").body()).isEmpty();
    assertThat(get("/clusters?filter=(").status()).isEqualTo(400);
  }

  @Test
  void showsTheRatesOfAClusterThatIsWatched() {
    var loop = new FakeLoop();
    server.detectors.put(
        "svc",
        new OutlierDetector(
            new OutlierDetector.Setting(
                "svc",
                OutlierSpecs.DEFAULT,
                loop,
                new SplittableRandom(1),
                template -> server.registry.owner(template, "cluster.svc.outlier_detection"),
                _ -> {},
                () -> {})));
    server.config =
        new ProxyConfig(
            Map.of(
                "svc",
                Cluster.withDefaults(
                    "svc", new Discovery.Static(new Assignment("svc", List.of())))),
            Map.of(),
            Map.of(),
            Map.of());

    assertThat(get("/clusters").body())
        .contains(
            """
            svc::observability_name::svc
            svc::outlier::success_rate_average::-1
            svc::outlier::success_rate_ejection_threshold::-1
            svc::outlier::local_origin_success_rate_average::-1
            svc::outlier::local_origin_success_rate_ejection_threshold::-1
            svc::default_priority::max_connections::1024
            """);
  }

  @Test
  void tellsAboutTheProcessInJson() {
    var info = JsonParser.parseString(get("/server_info").body()).getAsJsonObject();

    assertThat(info.get("version").getAsString()).isEqualTo("abc/0.1/Clean/RELEASE/none");
    assertThat(info.get("state").getAsString()).isEqualTo("LIVE");
    assertThat(info.get("uptime_current_epoch").getAsString()).isEqualTo("90s");
    assertThat(info.get("hot_restart_version").getAsString()).isEqualTo("disabled");
    var options = info.getAsJsonObject("command_line_options");
    assertThat(options.get("concurrency").getAsInt()).isEqualTo(2);
    assertThat(options.get("config_yaml").getAsString()).isEqualTo("a: \"<b>\"\n");
    assertThat(options.get("disable_hot_restart").getAsBoolean()).isTrue();
    assertThat(info.getAsJsonObject("node").get("id").getAsString()).isEqualTo("node-1");
    assertThat(info.getAsJsonObject("node").get("cluster").getAsString()).isEqualTo("cluster-1");
  }

  @Test
  void asksForTheDumpThatTheQueryDescribes() {
    assertThat(get("/config_dump").body()).isEqualTo("{}\n");
    var all = Objects.requireNonNull(server.asked);
    assertThat(all.resource()).isEmpty();
    assertThat(all.names().test("anything")).isTrue();
    assertThat(all.includeEndpoints()).isFalse();

    get("/config_dump?include_eds&resource=dynamic_listeners&name_regex=ma.*");
    var some = Objects.requireNonNull(server.asked);
    assertThat(some.resource()).isEqualTo("dynamic_listeners");
    assertThat(some.names().test("main")).isTrue();
    assertThat(some.names().test("a main")).isFalse();
    assertThat(some.includeEndpoints()).isTrue();
  }

  @Test
  void namesFieldsThatHaveNoEffect() {
    server.unsupported = List.of("listener 'a': b.c (X.c)", "listener 'a': d (X.d)");

    assertThat(get("/unsupported_fields").body())
        .isEqualTo("listener 'a': b.c (X.c)\nlistener 'a': d (X.d)\n");
  }

  private AdminResponse get(String uri) {
    return ask("GET", uri);
  }

  private AdminResponse post(String uri) {
    return ask("POST", uri);
  }

  private AdminResponse ask(String method, String uri) {
    var parsed = new QueryStringDecoder(uri);
    return now(pages.answer(new AdminRequest(method, parsed.path(), parsed.parameters())));
  }

  private static AdminResponse now(CompletionStage<AdminResponse> answer) {
    return FakeServerView.whole(answer.toCompletableFuture().join());
  }
}

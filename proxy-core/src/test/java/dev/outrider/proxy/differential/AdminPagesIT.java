package dev.outrider.proxy.differential;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.function.Function;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Whole pages of the admin interface beside those of a real Envoy: the same bootstrap, the same
/// traffic, a test for each page. What differs is listed in `differential/admin/pages.differences`,
/// each with a reason; an unlisted difference fails, and so does a listed one that is gone. Without
/// an Envoy it is skipped. What the pages say is compared by names and, where the traffic decides
/// it, by values: of `/stats` and `/stats/prometheus` the names, since counts depend on time.
class AdminPagesIT {
  private static final Map<String, Function<String, SortedSet<String>>> PAGES =
      new LinkedHashMap<>();

  static {
    PAGES.put("/stats", PageFacts::statNames);
    PAGES.put("/stats/prometheus", PageFacts::series);
    PAGES.put("/clusters", PageFacts::lines);
    PAGES.put("/clusters?format=json", PageFacts::values);
    PAGES.put("/listeners?format=json", PageFacts::values);
    PAGES.put("/server_info", PageFacts::values);
    PAGES.put("/config_dump", PageFacts::values);
    PAGES.put("/certs", PageFacts::values);
    PAGES.put("/help", PageFacts::lines);
  }

  @TempDir private Path folder;

  @TestFactory
  @Timeout(180)
  List<DynamicTest> showsWhatEnvoyShows() throws IOException {
    var commands = Commands.found();
    assumeTrue(
        commands.isPresent(),
        "no Envoy at " + Commands.envoyBinary() + " to compare with; .ci/prepare fetches one");
    var differences = PageDifferences.read(PageDifferences.FILE);
    var tests = new ArrayList<DynamicTest>();
    try (var service = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread.startVirtualThread(() -> serve(service));
      var envoy = pages(commands.get().envoy(), "envoy", service.getLocalPort());
      var outrider = pages(commands.get().outrider(), "outrider", service.getLocalPort());
      PAGES.forEach(
          (page, facts) -> {
            var theirs = facts.apply(String.valueOf(envoy.get(page)));
            var ours = facts.apply(String.valueOf(outrider.get(page)));
            tests.add(
                DynamicTest.dynamicTest(
                    page,
                    () -> {
                      assertThat(theirs).isNotEmpty();
                      assertThat(differences.problems(page, theirs, ours)).isEmpty();
                    }));
          });
    }
    return tests;
  }

  /// After the traffic.
  private Map<String, String> pages(List<String> command, String name, int servicePort)
      throws IOException {
    var pages = new LinkedHashMap<String, String>();
    var bootstrap = BOOTSTRAP.replace("{service}", "" + servicePort);
    var home = Files.createDirectories(folder.resolve(name));
    try (var proxy =
        CommandProxy.start(command, home, bootstrap, 2, List.of("--disable-hot-restart"))) {
      proxy.awaitListeners(1);
      for (var path : List.of("/", "/direct", "/moved", "/nowhere", "/refused")) {
        try (var wire = Wire.connect(proxy.port("main"))) {
          wire.send("GET " + path + " HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
          new MessageReader(wire).response(false);
          wire.drain();
        }
      }
      while (!proxy.admin("GET", "/stats?filter=http.hcm.downstream_cx_active").contains(": 0\n")) {
        Thread.onSpinWait();
      }
      for (var page : PAGES.keySet()) {
        pages.put(page, proxy.admin("GET", page));
      }
    }
    return pages;
  }

  private static void serve(ServerSocket service) {
    try {
      while (true) {
        var connection = service.accept();
        Thread.startVirtualThread(() -> answer(connection));
      }
    } catch (IOException _) {
      // the comparison is over
    }
  }

  private static void answer(Socket connection) {
    try (connection) {
      var buffer = new byte[4096];
      while (connection.getInputStream().read(buffer) > 0) { // a request comes in one piece
        connection
            .getOutputStream()
            .write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".getBytes(ISO_8859_1));
      }
    } catch (IOException _) {
      // the proxy has ended
    }
  }

  private static final String BOOTSTRAP =
      """
      {
        "node": {"id": "pages", "cluster": "both"},
        "admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}},
        "static_resources": {
          "listeners": [{
            "name": "main",
            "address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}},
            "filter_chains": [{"filters": [{
              "name": "envoy.filters.network.http_connection_manager",
              "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                "stat_prefix": "hcm",
                "access_log": [{"name": "file", "typed_config": {
                  "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
                  "path": "/dev/null"}}],
                "route_config": {
                  "name": "local",
                  "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [
                    {"match": {"prefix": "/direct"}, "direct_response": {"status": 200}},
                    {"match": {"prefix": "/moved"}, "redirect": {"path_redirect": "/"}},
                    {"match": {"prefix": "/refused"}, "route": {"cluster": "refused"}},
                    {"match": {"path": "/"}, "route": {"cluster": "up"}}]}]},
                "http_filters": [{
                  "name": "envoy.filters.http.router",
                  "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}]}}]}]}],
          "clusters": [
            {"name": "up", "type": "STATIC", "load_assignment": {"cluster_name": "up", "endpoints": [{"lb_endpoints": [
              {"endpoint": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": {service}}}}}]}]}},
            {"name": "refused", "type": "STATIC", "load_assignment": {"cluster_name": "refused", "endpoints": [{"lb_endpoints": [
              {"endpoint": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 1}}}}]}]}}]
        }
      }
      """;
}

package dev.outrider.bench;

import dev.outrider.proxy.server.Server;
import dev.outrider.proxy.server.ServerOptions.BootstrapSource;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// The process behind [FreshProxy]: takes the path of a bootstrap; each line of its input is a
/// question; it ends with its input.
final class FreshProxyMain {
  private FreshProxyMain() {}

  public static void main(String[] args) throws IOException {
    var questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    var server = ProxyRig.start(new BootstrapSource(Path.of(args[0]), null));
    System.out.println(ProxyRig.port(server));
    var watch = new BufferWatch();
    for (var question = questions.readLine(); question != null; question = questions.readLine()) {
      System.out.println(
          switch (question) {
            case "admin" -> adminPort(server);
            case "held" -> Held.here().line();
            case "collections" -> CollectorWork.here().line();
            case "watch" -> watch.start();
            case "peak" -> watch.stop();
            default -> throw new IllegalArgumentException(question);
          });
    }
    server.close();
    System.exit(0);
  }

  private static int adminPort(Server server) {
    var address = server.adminAddress();
    if (address == null) {
      throw new IllegalStateException("the bootstrap has no admin interface");
    }
    return address.port();
  }
}

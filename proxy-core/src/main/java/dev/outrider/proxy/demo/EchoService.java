package dev.outrider.proxy.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// A service of the demo: says who it is and what it was sent.
///
/// `POST` bodies come back as they are; `/bytes/N` answers with N bytes; everything else with a
/// line of text and the request's headers. Every response names the service in `x-served-by`.
final class EchoService implements AutoCloseable {
  private static final int LARGEST = 64 << 20;

  private final String name;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  private EchoService(String name, HttpServer server) {
    this.name = name;
    this.server = server;
  }

  static EchoService start(String name) throws IOException {
    var server =
        HttpServer.create(
            new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), 0);
    var service = new EchoService(name, server);
    server.createContext("/", service::answer);
    server.setExecutor(service.threads);
    server.start();
    return service;
  }

  int port() {
    return server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.getResponseHeaders().set("x-served-by", name);
      var body = exchange.getRequestBody().readAllBytes();
      var path = exchange.getRequestURI().getPath();
      if (exchange.getRequestMethod().equals("POST")) {
        send(exchange, body);
      } else if (path.startsWith("/bytes/")) {
        send(exchange, bytes(path.substring("/bytes/".length())));
      } else {
        send(exchange, describe(exchange).getBytes(UTF_8));
      }
    }
  }

  private String describe(HttpExchange exchange) {
    var text = new StringBuilder();
    text.append(name)
        .append(' ')
        .append(exchange.getRequestMethod())
        .append(' ')
        .append(exchange.getRequestURI());
    text.append('\n');
    new TreeMap<>(exchange.getRequestHeaders())
        .forEach(
            (header, values) ->
                values.forEach(
                    value -> text.append(header).append(": ").append(value).append('\n')));
    return text.toString();
  }

  private static byte[] bytes(String count) {
    var bytes = new byte[Math.min(LARGEST, Integer.parseInt(count))];
    Arrays.fill(bytes, (byte) 'x');
    return bytes;
  }

  private static void send(HttpExchange exchange, byte[] body) throws IOException {
    boolean bodiless = exchange.getRequestMethod().equals("HEAD") || body.length == 0;
    exchange.sendResponseHeaders(200, bodiless ? -1 : body.length);
    if (!bodiless) {
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
  }
}

package dev.outrider.proxy.server;

import dev.outrider.proxy.worker.RawClient;
import java.io.IOException;
import java.util.Random;

/// HTTP/1.1: some exchanges on a connection, the last of which may be left in the middle.
final class SoakHttp1 extends SoakClient {
  private static final String HOST = "host: soak.test\n";

  SoakHttp1(int port, Random random, SoakLog log) {
    super(port, random, log);
  }

  @Override
  void connection() throws IOException {
    try (var client = new RawClient(port)) {
      for (var exchanges = random.nextInt(8); exchanges > 0; exchanges--) {
        exchange(client);
      }
      if (random.nextBoolean()) {
        abandon(client);
      }
    }
  }

  private void exchange(RawClient client) throws IOException {
    switch (random.nextInt(5)) {
      case 0 -> expect(client, "GET /head HTTP/1.1\n" + HOST + "\n", 200);
      case 1 -> {
        var size = random.nextInt(60_000);
        expect(
            client,
            "POST /echo HTTP/1.1\n" + HOST + "content-length: " + size + "\n\n" + "b".repeat(size),
            200);
      }
      case 2 ->
          expect(
              client,
              "POST /echo HTTP/1.1\n" + HOST + "transfer-encoding: chunked\n\n3\nabc\n0\n\n",
              200);
      case 3 -> expect(client, "GET /chunked HTTP/1.1\n" + HOST + "\n", 200);
      default -> expect(client, "GET /close HTTP/1.1\n" + HOST + "\n", 503);
    }
  }

  private void expect(RawClient client, String request, int status) throws IOException {
    var response = client.send(request).read();
    if (response.code() != status) {
      log.wrong(
          "http1: %s instead of %d: %s to %s"
              .formatted(response.status(), status, response.body(), request.lines().findFirst()));
    }
    log.done("http1 exchange");
  }

  private void abandon(RawClient client) throws IOException {
    switch (random.nextInt(3)) {
      case 0 -> client.send("GET /hea");
      case 1 -> client.send("POST /echo HTTP/1.1\n" + HOST + "content-length: 9999\n\npart");
      default -> client.send("GET /bytes/3000000 HTTP/1.1\n" + HOST + "\n").readBytes(1000);
    }
    log.done("http1 abort");
  }
}

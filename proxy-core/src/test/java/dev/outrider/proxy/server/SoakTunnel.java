package dev.outrider.proxy.server;

import dev.outrider.proxy.worker.RawClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/// A WebSocket as the proxy sees it: an upgrade, then bytes there and back until the client goes
/// away, with or without waiting for the last of them.
final class SoakTunnel extends SoakClient {
  private static final String UPGRADE =
      "GET /tunnel HTTP/1.1\nhost: soak.test\nconnection: upgrade\nupgrade: websocket\n\n";

  SoakTunnel(int port, Random random, SoakLog log) {
    super(port, random, log);
  }

  @Override
  void connection() throws IOException {
    try (var client = new RawClient(port)) {
      var response = client.send(UPGRADE).read();
      if (response.code() != 101) {
        log.wrong("tunnel: " + response.status());
      }
      for (var messages = random.nextInt(10); messages > 0; messages--) {
        var message = (char) ('a' + random.nextInt(26)) + "x".repeat(random.nextInt(20_000));
        client.send(message);
        var echo = new String(client.readBytes(message.length()), StandardCharsets.ISO_8859_1);
        if (!echo.equals(message)) {
          log.wrong("tunnel: " + echo.length() + " bytes, not those of " + message.length());
        }
        log.done("tunnel message");
      }
      if (random.nextBoolean()) {
        client.send("y".repeat(50_000));
        log.done("tunnel abort");
      }
    }
  }
}

package dev.outrider.proxy.differential;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A proxy that answers each request itself, always the same, and writes its access log.
final class FakeProxy implements RunningProxy {
  private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final String answer;
  private final String code;
  private final Path log;

  FakeProxy(String code, String answer, Path log) throws IOException {
    this.code = code;
    this.answer = answer;
    this.log = log;
    Thread.ofVirtual().start(this::serve);
  }

  private void serve() {
    while (true) {
      try (var wire = new Wire(server.accept())) {
        var reader = new MessageReader(wire);
        for (var request = reader.request();
            !request.lines().isEmpty();
            request = reader.request()) {
          answer(wire, request);
        }
      } catch (IOException _) {
        return;
      }
    }
  }

  private void answer(Wire wire, Message request) throws IOException {
    var path = request.first().split(" ", 3)[1];
    Files.writeString(
        log,
        "HTTP/1.1\u001fGET\u001f%s\u001fa\u001f%s\u001f-\u001fvia_upstream\n".formatted(path, code),
        StandardCharsets.ISO_8859_1,
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
    var probed = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nprobed";
    wire.send(path.startsWith(Bootstraps.PROBE) ? probed : answer);
  }

  @Override
  public int port(String listener) {
    return server.getLocalPort();
  }

  @Override
  public String admin(String method, String path) {
    return "http.hcm_at_t_0.downstream_rq_total: " + code + "\n";
  }

  @Override
  public GuestLogs guestLogs() {
    return new GuestLogs(log);
  }

  @Override
  public String complaints() {
    return "";
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}

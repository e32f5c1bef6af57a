package dev.outrider.proxy.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A control plane made with go-control-plane (`src/test/go/control-plane`), as a process.
final class GoControlPlane implements AutoCloseable {
  /// Where `.ci/control-planes` puts the program.
  static final Path PROGRAM = Path.of("target", "control-plane").toAbsolutePath();

  private static final long PATIENCE_SECONDS = 20;

  private final Process process;
  private final OutputStream in;
  private final LinkedBlockingQueue<String> said = new LinkedBlockingQueue<>();
  private final int port;

  /// @param port 0 = chosen by the system
  GoControlPlane(int port) throws IOException, InterruptedException {
    this(PROGRAM.toString(), "127.0.0.1:" + port);
  }

  private GoControlPlane(String... command) throws IOException, InterruptedException {
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    in = process.getOutputStream();
    Thread.ofVirtual().start(() -> follow(process.inputReader(UTF_8)));
    this.port = Integer.parseInt(awaitLine("listening ").substring("listening ".length()));
  }

  /// One that answers by type: not all resources are asked for on one stream.
  static GoControlPlane byType() throws IOException, InterruptedException {
    return new GoControlPlane(PROGRAM.toString(), "127.0.0.1:0", "by-type");
  }

  private void follow(BufferedReader out) {
    out.lines().forEach(said::add);
  }

  int port() {
    return port;
  }

  /// Makes this the state of the world, from now on.
  ///
  /// @param resources in JSON, each with its `@type`
  void serve(String version, String... resources) throws IOException {
    var all = new JsonArray();
    for (var resource : resources) {
      all.add(JsonParser.parseString(resource));
    }
    var snapshot = new JsonObject();
    snapshot.addProperty("version", version);
    snapshot.add("resources", all);
    in.write((new Gson().toJson(snapshot) + "\n").getBytes(UTF_8));
    in.flush();
  }

  /// The next line that begins like this; what comes before it is forgotten.
  String awaitLine(String begin) throws InterruptedException {
    var deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (true) {
      var line = said.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (line == null) {
        throw new AssertionError("the control plane did not say '" + begin + "'");
      }
      if (line.startsWith(begin)) {
        return line;
      }
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
  }
}

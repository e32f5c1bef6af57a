package dev.outrider.proxy.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A control plane made with one of the libraries that real ones are made with, as a process:
/// go-control-plane (`src/test/go/control-plane`) or java-control-plane
/// (`src/test/java-control-plane`).
final class PlaneProcess implements AutoCloseable {
  /// Where `.ci/control-planes` puts the program in Go.
  static final Path GO_PROGRAM = Path.of("target", "control-plane").toAbsolutePath();

  /// Where the build puts the jars of java-control-plane, its own messages included.
  private static final Path JAVA_LIBRARY = Path.of("target", "java-control-plane").toAbsolutePath();

  private static final Path JAVA_SOURCE =
      Path.of("src", "test", "java-control-plane", "JavaControlPlane.java").toAbsolutePath();

  private static final long PATIENCE_SECONDS = 120;

  private final Process process;
  private final OutputStream in;
  private final LinkedBlockingQueue<String> said = new LinkedBlockingQueue<>();
  private final int port;

  private PlaneProcess(String... command) throws IOException, InterruptedException {
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    in = process.getOutputStream();
    Thread.ofVirtual().start(() -> follow(process.inputReader(UTF_8)));
    this.port = Integer.parseInt(awaitLine("listening ").substring("listening ".length()));
  }

  /// @param port 0 = chosen by the system
  static PlaneProcess go(int port) throws IOException, InterruptedException {
    return new PlaneProcess(GO_PROGRAM.toString(), "127.0.0.1:" + port);
  }

  /// One in Go that answers by type: not all resources are asked for on one stream.
  static PlaneProcess goByType() throws IOException, InterruptedException {
    return new PlaneProcess(GO_PROGRAM.toString(), "127.0.0.1:0", "by-type");
  }

  /// @param port 0 = chosen by the system
  static PlaneProcess java(int port) throws IOException, InterruptedException {
    if (!Files.isDirectory(JAVA_LIBRARY)) {
      throw new AssertionError("no " + JAVA_LIBRARY + ": the build puts it there");
    }
    return new PlaneProcess(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "--sun-misc-unsafe-memory-access=allow",
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        JAVA_LIBRARY.resolve("*") + File.pathSeparator + System.getProperty("java.class.path"),
        JAVA_SOURCE.toString(),
        "127.0.0.1:" + port);
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

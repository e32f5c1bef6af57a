package dev.outrider.proxywasm.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Compiles and runs a Java program of one file in a JVM of its own, with this library on the class
/// path or on the module path. Blocks.
public final class JavaPrograms {
  private JavaPrograms() {}

  /// What the program prints. Compiling it may give no warning.
  public static String onTheClassPath(Path folder, String type, String source, String... arguments)
      throws IOException, InterruptedException {
    var classes = Files.createDirectories(folder.resolve("classes"));
    var file = Files.writeString(folder.resolve(type + ".java"), source);
    run(
        folder,
        "javac",
        List.of("-Xlint:all", "-Werror", "-d", classes.toString(), "-cp", path(), file.toString()));
    return run(
        folder,
        "java",
        launch(List.of("-cp", classes + File.pathSeparator + path(), type), arguments));
  }

  /// The same, as a module of its own.
  public static String asAModule(
      Path folder,
      String module,
      String descriptor,
      String type,
      String source,
      String... arguments)
      throws IOException, InterruptedException {
    var classes = Files.createDirectories(folder.resolve("modules"));
    var sources = Files.createDirectories(folder.resolve("sources"));
    var info = Files.writeString(sources.resolve("module-info.java"), descriptor);
    var file = Files.writeString(sources.resolve(type + ".java"), source);
    run(
        folder,
        "javac",
        List.of(
            "-Xlint:all",
            "-Werror",
            "-d",
            classes.toString(),
            "-p",
            path(),
            info.toString(),
            file.toString()));
    var modules = classes + File.pathSeparator + path();
    return run(
        folder,
        "java",
        launch(List.of("-p", modules, "-m", module + "/" + module + "." + type), arguments));
  }

  private static List<String> launch(List<String> start, String... arguments) {
    var all = new ArrayList<>(start);
    all.addAll(Arrays.asList(arguments));
    return all;
  }

  /// This library and what it needs at run time, and nothing of the tests.
  private static String path() {
    return Stream.of(
            System.getProperty("jdk.module.path", ""), System.getProperty("java.class.path", ""))
        .flatMap(path -> Arrays.stream(path.split(File.pathSeparator)))
        .filter(JavaPrograms::isOfTheLibrary)
        .distinct()
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static boolean isOfTheLibrary(String entry) {
    var path = entry.replace(File.separatorChar, '/');
    return path.endsWith("/abi/target/classes")
        || path.contains("/endive/")
        || path.contains("/org/ow2/asm/")
        || path.contains("/jspecify/");
  }

  private static String run(Path folder, String tool, List<String> arguments)
      throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", tool).toString());
    command.addAll(arguments);
    var output = folder.resolve(tool + ".out");
    var process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    int exit = process.waitFor();
    var text = Files.readString(output, UTF_8);
    if (exit != 0) {
      throw new AssertionError(String.join(" ", command) + "\n" + text);
    }
    return text;
  }
}

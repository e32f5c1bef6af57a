package dev.outrider.proxy.xds.runtime;

import dev.outrider.proxy.runtime.RuntimeValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Reads the folder of a layer of the runtime; in the background.
final class RuntimeFiles {

  /// As deep as Envoy goes.
  private static final int MOST_DEPTH = 16;

  private RuntimeFiles() {}

  /// What was found.
  ///
  /// @param values null if there is no such folder
  /// @param problem empty if it could be read
  record Read(@Nullable Map<String, RuntimeValue> values, String problem) {}

  static Read read(String path) {
    var folder = Path.of(path);
    if (!Files.isDirectory(folder)) {
      return new Read(null, "");
    }
    var values = new TreeMap<String, RuntimeValue>();
    try {
      walk(folder, "", 1, values);
      return new Read(values, "");
    } catch (IOException | UncheckedIOException failure) {
      return new Read(null, failure.toString());
    }
  }

  private static void walk(Path folder, String prefix, int depth, Map<String, RuntimeValue> values)
      throws IOException {
    if (depth > MOST_DEPTH) {
      throw new IOException("Walk recursion depth exceeded " + MOST_DEPTH);
    }
    try (var entries = Files.newDirectoryStream(folder)) {
      for (var entry : entries) {
        var key = prefix + entry.getFileName();
        if (Files.isDirectory(entry)) {
          walk(entry, key + ".", depth + 1, values);
        } else if (Files.isRegularFile(entry)) {
          values.put(key, RuntimeValue.ofText(text(entry)));
        }
      }
    }
  }

  /// Without lines that begin with a number sign, which are comments.
  private static String text(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.UTF_8)
        .lines()
        .filter(line -> !line.startsWith("#"))
        .collect(Collectors.joining("\n"))
        .stripTrailing();
  }
}

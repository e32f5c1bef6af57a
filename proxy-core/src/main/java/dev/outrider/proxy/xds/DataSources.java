package dev.outrider.proxy.xds;

import dev.outrider.proxy.tls.SecretBytes;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Reads `core.v3.DataSource`. Files block: on the background executor only.
final class DataSources {
  private DataSources() {}

  /// Null, with a problem, if there is nothing to read.
  static @Nullable SecretBytes read(DataSource source, Scope scope) {
    return switch (source.getSpecifierCase()) {
      case FILENAME -> file(source.getFilename(), scope);
      case INLINE_BYTES ->
          new SecretBytes(source.getInlineBytes().toByteArray(), SecretBytes.INLINE);
      case INLINE_STRING -> SecretBytes.inline(source.getInlineString());
      case ENVIRONMENT_VARIABLE -> environment(source.getEnvironmentVariable(), scope);
      case SPECIFIER_NOT_SET -> {
        scope.problem(
            "one of filename, inline_bytes, inline_string, environment_variable is required");
        yield null;
      }
    };
  }

  /// Whether there is a file of that name.
  static boolean exists(String name) {
    return Files.exists(Path.of(name));
  }

  static @Nullable SecretBytes file(String name, Scope scope) {
    try {
      var bytes = Files.readAllBytes(Path.of(name));
      if (bytes.length > 0) {
        return new SecretBytes(bytes, name);
      }
      scope.problem("filename", "file " + name + " is empty");
    } catch (IOException | IllegalArgumentException e) {
      scope.problem("filename", "Invalid path: " + name);
    }
    return null;
  }

  private static @Nullable SecretBytes environment(String name, Scope scope) {
    var value = System.getenv(name);
    if (value == null || value.isEmpty()) {
      scope.problem(
          "environment_variable",
          "Environment variable " + name + (value == null ? " doesn't exist" : " is empty"));
      return null;
    }
    return new SecretBytes(value.getBytes(StandardCharsets.UTF_8), "<env " + name + ">");
  }
}

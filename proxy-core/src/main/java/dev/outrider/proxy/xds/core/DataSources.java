package dev.outrider.proxy.xds.core;

import dev.outrider.proxy.tls.SecretBytes;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/// Reads `core.v3.DataSource`. Files block: on the background executor only.
public final class DataSources {
  /// More than revocation lists of large authorities have.
  private static final int MOST_BYTES = 16 << 20;

  private DataSources() {}

  /// Null, with a problem, if there is nothing to read.
  public static @Nullable SecretBytes read(DataSource source, Scope scope) {
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

  /// A text, which may be empty; null, with a problem, if there is nothing to read.
  public static byte @Nullable [] text(DataSource source, Scope scope) {
    return switch (source.getSpecifierCase()) {
      case FILENAME -> content(source.getFilename(), scope);
      case INLINE_STRING -> source.getInlineString().getBytes(StandardCharsets.UTF_8);
      case INLINE_BYTES -> source.getInlineBytes().toByteArray();
      case ENVIRONMENT_VARIABLE, SPECIFIER_NOT_SET -> {
        var read = read(source, scope);
        yield read == null ? null : read.bytes();
      }
    };
  }

  /// Whether there is a file of that name.
  public static boolean exists(String name) {
    return Files.exists(Path.of(name));
  }

  public static @Nullable SecretBytes file(String name, Scope scope) {
    var bytes = content(name, scope);
    if (bytes != null && bytes.length == 0) {
      scope.problem("filename", "file " + name + " is empty");
      return null;
    }
    return bytes == null ? null : new SecretBytes(bytes, name);
  }

  private static byte @Nullable [] content(String name, Scope scope) {
    try {
      var path = Path.of(name);
      if (!Files.readAttributes(path, BasicFileAttributes.class).isRegularFile()) {
        scope.problem("filename", name + " is not a regular file"); // it may never end
        return null;
      }
      var bytes = read(path);
      if (bytes.length <= MOST_BYTES) {
        return bytes;
      }
      scope.problem("filename", "file %s is longer than %d bytes".formatted(name, MOST_BYTES));
    } catch (NoSuchFileException _) {
      scope.problem("filename", "Invalid path: " + name);
    } catch (IOException | IllegalArgumentException e) {
      scope.problem("filename", "Invalid path: %s (%s)".formatted(name, reason(e)));
    }
    return null;
  }

  private static byte[] read(Path path) throws IOException {
    try (var in = Files.newInputStream(path)) {
      return in.readNBytes(MOST_BYTES + 1);
    }
  }

  private static String reason(Exception e) {
    return e instanceof AccessDeniedException
        ? "permission denied"
        : String.valueOf(e.getMessage());
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

package dev.outrider.proxy.attributes;

import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// What format strings may say about the process itself: fixed when they are compiled.
///
/// @param variable the value of an environment variable, or null
public record FormatEnvironment(String hostname, UnaryOperator<@Nullable String> variable) {

  /// That of this process; its host name is what the environment says.
  public static FormatEnvironment ofProcess() {
    var hostname = System.getenv("HOSTNAME");
    return new FormatEnvironment(hostname == null ? "-" : hostname, FormatEnvironment::variable);
  }

  private static @Nullable String variable(@Nullable String name) {
    return name == null ? null : System.getenv(name);
  }
}

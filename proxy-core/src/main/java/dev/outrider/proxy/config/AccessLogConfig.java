package dev.outrider.proxy.config;

import org.jspecify.annotations.Nullable;

/// One access log as configured: where lines go and what they say.
///
/// @param format with `%operators%` (Envoy's substitution format); null = Envoy's default line
public record AccessLogConfig(Sink sink, @Nullable String format) {

  /// Where lines go.
  public sealed interface Sink {

    /// Appended to a file.
    record File(String path) implements Sink {}

    /// The standard output of the process.
    record Stdout() implements Sink {}

    /// The standard error of the process.
    record Stderr() implements Sink {}
  }
}

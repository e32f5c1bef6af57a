package dev.outrider.proxy.config;

/// One access log as configured: where lines go and what they say.
public record AccessLogConfig(Sink sink, LineFormat format) {

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

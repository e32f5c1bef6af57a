package dev.outrider.proxy.server;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What a process is started with, besides its bootstrap: Envoy's command line flags of the same
/// names.
///
/// @param bootstrap where the bootstrap comes from
/// @param concurrency number of workers, fixed for the life of the process
/// @param drainTime how long in-flight streams may take after SIGTERM or a removed listener
/// @param fileFlushInterval how long an access log line may wait in memory
/// @param node fields that replace those of the bootstrap's node
/// @param compiledModules folder where compiled Wasm modules are kept between runs; null keeps
///   none. Not a flag of Envoy's
public record ServerOptions(
    BootstrapSource bootstrap,
    int concurrency,
    Duration drainTime,
    Duration fileFlushInterval,
    NodeOverride node,
    @Nullable Path compiledModules) {

  /// A file, a text, or both: the text is merged over the file, field by field, as Envoy's
  /// `--config-yaml`.
  ///
  /// @param path YAML, or JSON if its name ends in `.json`
  public record BootstrapSource(@Nullable Path path, @Nullable String text) {}

  /// `--service-node` and `--service-cluster`.
  public record NodeOverride(@Nullable String id, @Nullable String cluster) {
    public static final NodeOverride NONE = new NodeOverride(null, null);
  }

  /// Envoy's defaults for everything but the bootstrap.
  public static ServerOptions of(BootstrapSource bootstrap) {
    return new ServerOptions(
        bootstrap,
        Runtime.getRuntime().availableProcessors(),
        Duration.ofSeconds(600),
        Duration.ofSeconds(10),
        NodeOverride.NONE,
        null);
  }
}

package dev.outrider.proxy.server;

import dev.outrider.proxy.config.DrainOptions;
import dev.outrider.proxy.xds.SchemaCheck.UnknownFields;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a process is started with, besides its bootstrap: Envoy's command line flags of the same
/// names.
///
/// @param bootstrap where the bootstrap comes from
/// @param concurrency number of workers, fixed for the life of the process
/// @param drain how connections end after a removed listener, and how long in-flight streams may
///   take after SIGTERM
/// @param fileFlushInterval how long an access log line may wait in memory
/// @param node fields that replace those of the bootstrap's node
/// @param compiledModules folder where compiled Wasm modules are kept between runs; null keeps
///   none. Not a flag of Envoy's
/// @param admin of the admin interface
/// @param unknownFields what becomes of fields that the schema does not have
/// @param restartEpoch 0 = takes over from nobody; more = shares its ports with the process that it
///   takes over from
/// @param shown further flags for `/server_info`, by Envoy's names; texts, numbers, booleans and
///   lists of texts
public record ServerOptions(
    BootstrapSource bootstrap,
    int concurrency,
    DrainOptions drain,
    Duration fileFlushInterval,
    NodeOverride node,
    @Nullable Path compiledModules,
    AdminOptions admin,
    UnknownFields unknownFields,
    int restartEpoch,
    Map<String, Object> shown) {

  public ServerOptions {
    shown = Map.copyOf(shown);
  }

  /// Started by no command line.
  public ServerOptions(
      BootstrapSource bootstrap,
      int concurrency,
      DrainOptions drain,
      Duration fileFlushInterval,
      NodeOverride node,
      @Nullable Path compiledModules,
      AdminOptions admin) {
    this(
        bootstrap,
        concurrency,
        drain,
        fileFlushInterval,
        node,
        compiledModules,
        admin,
        UnknownFields.DEFAULT,
        0,
        Map.of());
  }

  /// What the command line says of the admin interface.
  ///
  /// @param addressPath file that gets the address where it listens; null for none
  /// @param readOnly refuse what would change anything; not a flag of Envoy's
  public record AdminOptions(@Nullable Path addressPath, boolean readOnly) {
    public static final AdminOptions DEFAULT = new AdminOptions(null, false);
  }

  /// A file, a text, or both: the text is merged over the file, field by field, as Envoy's
  /// `--config-yaml`.
  ///
  /// @param path YAML, or JSON if its name ends in `.json`
  public record BootstrapSource(@Nullable Path path, @Nullable String text) {}

  /// `--service-node`, `--service-cluster` and `--service-zone`.
  public record NodeOverride(@Nullable String id, @Nullable String cluster, @Nullable String zone) {
    public static final NodeOverride NONE = new NodeOverride(null, null, null);
  }

  /// Envoy's defaults for everything but the bootstrap.
  public static ServerOptions of(BootstrapSource bootstrap) {
    return new ServerOptions(
        bootstrap,
        Runtime.getRuntime().availableProcessors(),
        DrainOptions.DEFAULT,
        Duration.ofSeconds(10),
        NodeOverride.NONE,
        null,
        AdminOptions.DEFAULT);
  }
}

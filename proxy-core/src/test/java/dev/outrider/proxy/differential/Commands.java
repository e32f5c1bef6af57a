package dev.outrider.proxy.differential;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// How the two proxies are started, without what both are given.
public record Commands(List<String> envoy, List<String> outrider) {
  /// Envoy from the cache that `.ci/prepare` fills, or `-Doutrider.differential.envoy`; Outrider
  /// from this class path, or `-Doutrider.differential.outrider` (words separated by blanks). Empty
  /// without an Envoy.
  public static Optional<Commands> found() {
    var envoy = envoyBinary();
    if (!Files.isExecutable(envoy)) {
      return Optional.empty();
    }
    var other = System.getProperty("outrider.differential.outrider");
    return Optional.of(
        new Commands(
            List.of(envoy.toString(), "--use-dynamic-base-id"),
            other == null ? fromClassPath() : List.of(other.split(" "))));
  }

  public static Path envoyBinary() {
    var named = System.getProperty("outrider.differential.envoy");
    if (named != null) {
      return Path.of(named);
    }
    var cache = System.getenv("XDG_CACHE_HOME");
    return (cache == null ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(cache))
        .resolve("outrider/envoy-1.40.0/bin/envoy");
  }

  private static List<String> fromClassPath() {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Xmx512m",
        "-Dio.netty.leakDetection.level=paranoid",
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "-Dlogback.configurationFile=src/main/dist/conf/logback.xml",
        "-cp",
        System.getProperty("java.class.path"),
        "dev.outrider.proxy.cli.Main");
  }
}

package dev.outrider.proxy.wasm;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.outrider.proxy.loop.Clock;
import dev.outrider.proxy.wasm.PluginSettings.Code;
import dev.outrider.proxy.wasm.foreign.EnvoyFunctions;
import dev.outrider.proxywasm.FilterModule;
import dev.outrider.proxywasm.ModuleOptions;
import dev.outrider.proxywasm.ModuleRefusedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// The compiled modules of the process, by the digest of their bytes, each for as long as a plugin
/// uses it; and the bytes of those that were fetched, so that they are fetched once.
///
/// For the background executor only: reading and compiling block, and two plugins with one new
/// module compile it once.
final class ModuleCache {
  private static final long MOST_FETCHED_BYTES = 64L << 20;
  private static final Duration FETCHED_LAST =
      Duration.ofHours(24); // since their last use, as in Envoy

  private final Cache<String, FilterModule> modules = Caffeine.newBuilder().weakValues().build();
  private final Cache<String, byte[]> fetched;
  private final ModuleOptions options;

  /// @param directory where compiled modules are kept between runs; null keeps none
  ModuleCache(@Nullable Path directory, Clock clock) {
    fetched =
        Caffeine.newBuilder()
            .maximumWeight(MOST_FETCHED_BYTES)
            .weigher((String _, byte[] wasm) -> wasm.length)
            .expireAfterAccess(FETCHED_LAST)
            .ticker(clock::nanoTime)
            .executor(Runnable::run)
            .build();
    var defaults = ModuleOptions.DEFAULT;
    options = new ModuleOptions(defaults.maxModuleBytes(), directory, defaults.unknownImports());
  }

  /// Reads, validates and compiles. Throws [ModuleRefusedException] with the sentence for the
  /// person who configured it.
  FilterModule load(String name, Code code) {
    var wasm = read(name, code);
    return modules.get(digest(wasm), _ -> compile(name, wasm));
  }

  /// The bytes of a module that was fetched, in this run or an earlier one; null if it must be
  /// fetched.
  byte @Nullable [] fetched(String sha256) {
    var known = fetched.getIfPresent(sha256);
    if (known != null || options.cacheDirectory() == null) {
      return known;
    }
    try {
      var stored = Files.readAllBytes(file(options.cacheDirectory(), sha256));
      if (!digest(stored).equals(sha256)) {
        return null; // damaged: fetched again, and written again
      }
      fetched.put(sha256, stored);
      return stored;
    } catch (IOException _) {
      return null; // never stored, or a folder that cannot be read: fetching always works
    }
  }

  /// Keeps the bytes of a module that was fetched.
  void keep(String sha256, byte[] wasm) {
    fetched.put(sha256, wasm);
    var directory = options.cacheDirectory();
    if (directory == null) {
      return;
    }
    try {
      if (!Files.isDirectory(directory)) { // its owner's alone, as what is compiled goes there too
        Files.createDirectories(
            directory,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
      var part = Files.createTempFile(directory, sha256, ".part");
      try {
        Files.write(part, wasm);
        Files.move(part, file(directory, sha256), StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(part);
      }
    } catch (IOException | UnsupportedOperationException failed) {
      GuestLogSink.LOG.warn("wasm module {} cannot be kept in {}: {}", sha256, directory, failed);
    }
  }

  private static Path file(Path directory, String sha256) {
    return directory.resolve(sha256 + ".wasm");
  }

  /// How many fetched modules are in memory.
  long fetchedModules() {
    return fetched.estimatedSize();
  }

  private FilterModule compile(String name, byte[] wasm) {
    var module = FilterModule.load(name, wasm, options);
    if (!module.interpretedFunctions().isEmpty()) {
      GuestLogSink.LOG.warn(
          "wasm module {}: {} function(s) are too large to compile and run interpreted, a hundred"
              + " times slower: {}",
          name,
          module.interpretedFunctions().size(),
          String.join(", ", module.interpretedFunctions()));
    }
    EnvoyFunctions.prepare(wasm);
    return module;
  }

  private static byte[] read(String name, Code code) {
    return switch (code) {
      case Code.Inline(var bytes) -> bytes;
      case Code.Remote remote ->
          throw new IllegalStateException(remote.uri() + " is to be fetched before it is compiled");
      case Code.File(var path) -> {
        try {
          yield Files.readAllBytes(path);
        } catch (NoSuchFileException missing) {
          throw new ModuleRefusedException(
              "wasm plugin '" + name + "': Invalid path: " + path, missing);
        } catch (IOException failed) {
          throw new ModuleRefusedException(
              "wasm plugin '" + name + "': " + path + " cannot be read: " + failed, failed);
        }
      }
    };
  }

  /// SHA-256 in lower-case hex.
  static String digest(byte[] wasm) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(wasm));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every JDK has SHA-256", impossible);
    }
  }
}

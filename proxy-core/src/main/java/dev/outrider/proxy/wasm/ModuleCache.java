package dev.outrider.proxy.wasm;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.outrider.proxy.wasm.PluginSettings.Code;
import dev.outrider.proxywasm.FilterModule;
import dev.outrider.proxywasm.ModuleOptions;
import dev.outrider.proxywasm.ModuleRefusedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// The compiled modules of the process, by the digest of their bytes, each for as long as a plugin
/// uses it.
///
/// For the background executor only: reading and compiling block, and two plugins with one new
/// module compile it once.
final class ModuleCache {
  private final Cache<String, FilterModule> modules = Caffeine.newBuilder().weakValues().build();
  private final ModuleOptions options;

  /// @param directory where compiled modules are kept between runs; null keeps none
  ModuleCache(@Nullable Path directory) {
    var defaults = ModuleOptions.DEFAULT;
    options = new ModuleOptions(defaults.maxModuleBytes(), directory, defaults.unknownImports());
  }

  /// Reads, validates and compiles. Throws [ModuleRefusedException] with the sentence for the
  /// person who configured it.
  FilterModule load(String name, Code code) {
    var wasm = read(name, code);
    return modules.get(digest(wasm), _ -> compile(name, wasm));
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
    return module;
  }

  private static byte[] read(String name, Code code) {
    return switch (code) {
      case Code.Inline(var bytes) -> bytes;
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

  private static String digest(byte[] wasm) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(wasm));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every JDK has SHA-256", impossible);
    }
  }
}

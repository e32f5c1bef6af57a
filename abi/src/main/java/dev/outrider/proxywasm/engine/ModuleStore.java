package dev.outrider.proxywasm.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import run.endive.wasm.Version;

/// The disk cache as the compiler sees it: it helps or it does not, and says which. A cache that
/// cannot be used never keeps a module from loading.
final class ModuleStore {
  // Part of each entry's name: another engine, other changes to its classes or another layout find
  // nothing.
  private static final String FORMAT =
      "-endive-" + Version.version() + "-" + ClassRewriter.fingerprint() + "-3";

  private final @Nullable DiskCache cache;
  private String outcome;

  private ModuleStore(@Nullable DiskCache cache, String outcome) {
    this.cache = cache;
    this.outcome = outcome;
  }

  static ModuleStore open(@Nullable Path directory) {
    if (directory == null) {
      return new ModuleStore(null, "off");
    }
    try {
      return new ModuleStore(DiskCache.open(directory), "miss");
    } catch (IOException | UnsupportedOperationException e) {
      return new ModuleStore(null, failed(e));
    }
  }

  /// What is kept of the module with this digest, or null.
  @Nullable CachedModule find(String sha256) {
    if (cache == null) {
      return null;
    }
    try {
      var bytes = cache.get(sha256 + FORMAT);
      if (bytes == null) {
        return null;
      }
      var module = CachedModule.fromBytes(bytes);
      outcome = "hit";
      return module;
    } catch (IOException e) {
      outcome = failed(e);
      return null;
    }
  }

  /// Keeps a module for later.
  void keep(String sha256, Supplier<CachedModule> module) {
    if (cache == null) {
      return;
    }
    try {
      cache.put(sha256 + FORMAT, module.get().toBytes());
      outcome = "stored";
    } catch (IOException e) {
      outcome = failed(e);
    }
  }

  /// `off`, `hit`, `stored`, or `failed: ` and why.
  String outcome() {
    return outcome;
  }

  private static String failed(Exception e) {
    return "failed: "
        + (e instanceof IOException
            ? e.getMessage() + " (" + e.getClass().getSimpleName() + ")"
            : e);
  }
}

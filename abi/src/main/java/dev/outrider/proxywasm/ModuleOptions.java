package dev.outrider.proxywasm;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// How a module is loaded.
///
/// @param maxModuleBytes a larger module is refused: compiling it would take minutes and gigabytes
/// @param cacheDirectory where compiled classes are kept between runs; null keeps none
/// @param unknownImports what becomes of functions that the host does not know
public record ModuleOptions(
    int maxModuleBytes, @Nullable Path cacheDirectory, UnknownImports unknownImports) {
  /// What becomes of an import that the host does not know.
  public enum UnknownImports {
    /// The module is refused, by the name of the import.
    REFUSE,
    /// The module loads; the first call of the import traps, naming it.
    TRAP_ON_CALL
  }

  /// 32 MiB, no disk cache, unknown imports refused.
  public static final ModuleOptions DEFAULT =
      new ModuleOptions(32 << 20, null, UnknownImports.REFUSE);
}

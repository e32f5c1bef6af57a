package dev.outrider.proxywasm.engine;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// How to compile: modules above `maxModuleBytes` are refused; compiled classes are kept in
/// `cacheDirectory` if there is one.
public record CompileOptions(int maxModuleBytes, @Nullable Path cacheDirectory) {
  /// 32 MiB, no disk cache. A larger module costs more than 90 s and 1 GB to compile.
  public static final CompileOptions DEFAULT = new CompileOptions(32 << 20, null);
}

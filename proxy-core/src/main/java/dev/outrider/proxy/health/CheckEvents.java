package dev.outrider.proxy.health;

import java.util.List;

/// Told what the checks of one cluster find; main loop.
public interface CheckEvents {
  CheckEvents IGNORED = _ -> {};

  void onEvent(CheckEvent event);

  /// Nothing more comes.
  default void close() {}

  /// Makes one for files; never blocks.
  interface Opener {
    Opener NOWHERE = _ -> IGNORED;

    /// To be closed by the caller.
    CheckEvents open(List<String> paths);
  }
}

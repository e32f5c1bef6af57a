package dev.outrider.proxy.admin;

import java.util.SortedMap;

/// The logs of the process, as `/logging` and `/reopen_logs` see them. Main loop.
public interface LogControl {
  /// The level of each component that logs, both by Envoy's names.
  SortedMap<String, String> levels();

  /// Whether this is the name of a level.
  boolean isLevel(String level);

  /// Changes one level.
  ///
  /// @param component one of [#levels]
  /// @param level one that [#isLevel] knows
  void setLevel(String component, String level);

  /// Of everything, libraries included.
  void setAllLevels(String level);

  /// Has log files opened again by their names, after somebody has moved the old ones away; happens
  /// soon.
  void reopenFiles();
}

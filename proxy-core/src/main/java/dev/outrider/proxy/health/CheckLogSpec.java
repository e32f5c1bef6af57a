package dev.outrider.proxy.health;

import java.util.List;

/// Where what checks find is written, and how much of it.
///
/// @param paths of files; none = nowhere
/// @param everyFailure not only the first of a host
/// @param everySuccess those too that change nothing
public record CheckLogSpec(List<String> paths, boolean everyFailure, boolean everySuccess) {
  public static final CheckLogSpec NONE = new CheckLogSpec(List.of(), false, false);

  public CheckLogSpec {
    paths = List.copyOf(paths);
  }
}

package dev.outrider.proxy.admin;

import java.util.List;

/// What somebody still waits for (Envoy `admin.v3.UnreadyTargetsDumps.UnreadyTargetsDump`).
///
/// @param name who waits
public record UnreadyTargets(String name, List<String> targets) {
  public UnreadyTargets {
    targets = List.copyOf(targets);
  }
}

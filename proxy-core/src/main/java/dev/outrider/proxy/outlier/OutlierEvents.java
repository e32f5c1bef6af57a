package dev.outrider.proxy.outlier;

import dev.outrider.proxy.cluster.HostPort;

/// Told what becomes of hosts; main loop.
public interface OutlierEvents {
  OutlierEvents IGNORED = _ -> {};

  void onEvent(Event event);

  /// One ejection or its end (Envoy `data.cluster.v3.OutlierDetectionEvent`).
  ///
  /// @param type of an ejection
  /// @param ejects false for the end of one
  /// @param secondsSinceLast since the last action of the other kind; negative if there was none
  /// @param ejections of the host so far
  /// @param enforced false for one that was found and not acted on
  /// @param hostPercent the host's success rate; negative if it says nothing
  /// @param rates those of the cluster
  record Event(
      EjectionType type,
      boolean ejects,
      String cluster,
      HostPort host,
      long secondsSinceLast,
      int ejections,
      boolean enforced,
      double hostPercent,
      SuccessRates rates) {}
}

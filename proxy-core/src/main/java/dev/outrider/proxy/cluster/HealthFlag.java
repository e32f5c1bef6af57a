package dev.outrider.proxy.cluster;

import java.util.Locale;

/// What is said against an endpoint, in the order in which `/clusters` says it (Envoy
/// `Host::HealthFlag`). Several may hold at a time.
public enum HealthFlag {
  /// Its active checks fail, or it has not passed one yet.
  FAILED_ACTIVE_HC(0x1),
  /// It has been ejected as an outlier.
  FAILED_OUTLIER_CHECK(0x2),
  FAILED_EDS_HEALTH(0x4),
  /// It passes its active checks, and answers them with `x-envoy-degraded`.
  DEGRADED_ACTIVE_HC(0x8),
  DEGRADED_EDS_HEALTH(0x10),
  /// The configuration does not name it any more; it stays while it passes its active checks.
  PENDING_DYNAMIC_REMOVAL(0x20),
  /// It waits for its first active check, and is left out of every share until then.
  PENDING_ACTIVE_HC(0x40),
  /// It asked by `x-envoy-immediate-health-check-fail` to be left out.
  EXCLUDED_VIA_IMMEDIATE_HC_FAIL(0x80),
  /// Its last active check ran out of time.
  ACTIVE_HC_TIMEOUT(0x100),
  EDS_STATUS_DRAINING(0x200);

  private static final HealthFlag[] ALL = values();
  private static final int UNHEALTHY =
      FAILED_ACTIVE_HC.bit()
          | FAILED_OUTLIER_CHECK.bit()
          | FAILED_EDS_HEALTH.bit()
          | EDS_STATUS_DRAINING.bit();
  private static final int DEGRADED = DEGRADED_ACTIVE_HC.bit() | DEGRADED_EDS_HEALTH.bit();
  private static final int EXCLUDED =
      PENDING_ACTIVE_HC.bit() | EXCLUDED_VIA_IMMEDIATE_HC_FAIL.bit() | EDS_STATUS_DRAINING.bit();

  private final int bit;

  HealthFlag(int bit) {
    this.bit = bit;
  }

  /// Its place in a set of flags.
  public int bit() {
    return bit;
  }

  public boolean in(int flags) {
    return (flags & bit()) != 0;
  }

  static boolean healthy(int flags) {
    return (flags & (UNHEALTHY | DEGRADED)) == 0;
  }

  static boolean degraded(int flags) {
    return (flags & UNHEALTHY) == 0 && (flags & DEGRADED) != 0;
  }

  static boolean excluded(int flags) {
    return (flags & EXCLUDED) != 0;
  }

  /// As `/clusters` shows a set of flags: `healthy` if there are none.
  public static String text(int flags) {
    if (flags == 0) {
      return "healthy";
    }
    var text = new StringBuilder();
    for (var flag : ALL) {
      if (flag.in(flags)) {
        text.append('/').append(flag.name().toLowerCase(Locale.ROOT));
      }
    }
    return text.toString();
  }
}

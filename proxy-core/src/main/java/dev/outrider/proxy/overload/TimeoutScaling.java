package dev.outrider.proxy.overload;

import java.util.Map;

/// How much shorter timeouts are now: the nearer the pressure is to 1, the nearer to the least of
/// each. Immutable.
///
/// @param pressure 0 = as configured, 1 = the least
/// @param leasts of those that are shortened at all
public record TimeoutScaling(double pressure, Map<ScaledTimeout, Least> leasts) {
  public static final TimeoutScaling NONE = new TimeoutScaling(0, Map.of());

  public TimeoutScaling {
    leasts = Map.copyOf(leasts);
  }

  /// What a timeout becomes under full pressure.
  public sealed interface Least {
    /// Not more than `most`.
    long of(long most);

    record Millis(long millis) implements Least {
      @Override
      public long of(long most) {
        return Math.min(most, millis);
      }
    }

    /// A part of it.
    ///
    /// @param share of the timeout, 0 to 1
    record Share(double share) implements Least {
      @Override
      public long of(long most) {
        return (long) (most * share);
      }
    }
  }

  /// Whether connections that are there already have something to move when this gives way to
  /// another one: what else is shortened is so from its next beginning only.
  public boolean movesConnections(TimeoutScaling next) {
    return !equals(next) && (ofConnections() || next.ofConnections());
  }

  private boolean ofConnections() {
    return leasts.containsKey(ScaledTimeout.HTTP_DOWNSTREAM_CONNECTION_IDLE)
        || leasts.containsKey(ScaledTimeout.HTTP_DOWNSTREAM_CONNECTION_MAX);
  }

  /// By how much a timeout that runs has to be moved when this gives way to another one.
  public long shift(ScaledTimeout timeout, long most, TimeoutScaling next) {
    return next.millis(timeout, most) - millis(timeout, most);
  }

  /// A timeout as it counts now. 0 stays 0: there is none.
  public long millis(ScaledTimeout timeout, long most) {
    var least = pressure <= 0 || most <= 0 ? null : leasts.get(timeout);
    if (least == null) {
      return most;
    }
    var shortest = least.of(most);
    return Math.max(1, shortest + (long) ((most - shortest) * (1 - pressure)));
  }
}

package dev.outrider.proxy.config;

import dev.outrider.proxy.listener.PortPredicate;
import java.util.List;

/// The listener filters of a listener.
///
/// @param timeoutMillis for all of them on one connection; 0 = none
/// @param continueOnTimeout a connection whose time is up goes on with what was found, and is
///   otherwise closed
/// @param useOriginalDst a connection whose destination was restored goes to the listener at that
///   address, if there is one
public record ListenerFilters(
    List<Entry> entries, long timeoutMillis, boolean continueOnTimeout, boolean useOriginalDst) {
  /// Envoy's.
  public static final long DEFAULT_TIMEOUT_MILLIS = 15_000;

  public static final ListenerFilters NONE =
      new ListenerFilters(List.of(), DEFAULT_TIMEOUT_MILLIS, false, false);

  public ListenerFilters {
    entries = List.copyOf(entries);
  }

  /// One of them.
  ///
  /// @param disabled connections that the filter does not see
  public record Entry(ListenerFilter filter, PortPredicate disabled) {}
}

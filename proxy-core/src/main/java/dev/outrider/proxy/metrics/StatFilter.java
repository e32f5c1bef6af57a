package dev.outrider.proxy.metrics;

import java.util.function.Predicate;

/// Which statistics a page shows.
///
/// @param usedOnly leave out what nobody touched
/// @param name a condition on the full name
public record StatFilter(boolean usedOnly, Predicate<String> name) {
  public static final StatFilter ALL = new StatFilter(false, _ -> true);
  public static final StatFilter USED = new StatFilter(true, _ -> true);

  boolean shows(StatValue value) {
    return (!usedOnly || value.used()) && name.test(value.name());
  }
}

package dev.outrider.proxy.downstream;

import dev.outrider.proxy.routing.RouteTable;
import org.jspecify.annotations.Nullable;

/// The route tables of one worker that have names of their own (RDS).
@FunctionalInterface
public interface RouteTables {
  /// The current table of that name; null if there is none yet.
  @Nullable RouteTable find(String name);
}

package dev.outrider.proxy.dns;

import dev.outrider.proxy.cluster.DnsFamily;
import java.util.function.Consumer;

/// Answers which addresses a name has. One loop.
@FunctionalInterface
public interface NameResolver {
  /// Asks. The answer comes once, later, as a task of the loop, unless the query is cancelled.
  Query resolve(String name, DnsFamily family, Consumer<DnsAnswer> answer);

  /// A question that is not answered yet.
  @FunctionalInterface
  interface Query {
    /// Nothing comes any more.
    void cancel();
  }
}

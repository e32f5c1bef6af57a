package dev.outrider.proxy.dns;

import dev.outrider.proxy.cluster.DnsFamily;
import dev.outrider.proxy.dns.DnsAnswer.Address;
import java.util.ArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Asks for one kind of address or for both, in the order that a [DnsFamily] says. On its
/// resolver's loop.
final class FamilyLookup implements NameResolver.Query {

  /// Asks for addresses of one kind; answers later, on the loop.
  interface OneKind {
    void ask(String name, boolean v6, Consumer<DnsAnswer> answer);
  }

  private final OneKind server;
  private final String name;
  private @Nullable Consumer<DnsAnswer> listener;

  private FamilyLookup(OneKind server, String name, Consumer<DnsAnswer> listener) {
    this.server = server;
    this.name = name;
    this.listener = listener;
  }

  static FamilyLookup begin(
      OneKind server, String name, DnsFamily family, Consumer<DnsAnswer> listener) {
    var lookup = new FamilyLookup(server, name, listener);
    switch (family) {
      case V4_ONLY -> server.ask(name, false, lookup::finish);
      case V6_ONLY -> server.ask(name, true, lookup::finish);
      case AUTO -> lookup.preferring(true);
      case V4_PREFERRED -> lookup.preferring(false);
      case ALL -> lookup.both();
    }
    return lookup;
  }

  @Override
  public void cancel() {
    listener = null;
  }

  private void finish(DnsAnswer answer) {
    var told = listener;
    if (told != null) {
      listener = null;
      told.accept(answer);
    }
  }

  private void preferring(boolean v6) {
    server.ask(
        name,
        v6,
        first -> {
          if (listener == null) {
            return;
          }
          if (first instanceof DnsAnswer.Addresses(var all) && !all.isEmpty()) {
            finish(first);
          } else {
            server.ask(name, !v6, second -> finish(merge(first, second)));
          }
        });
  }

  /// Those of IPv4 come first, as in Envoy.
  private void both() {
    var other = new DnsAnswer[1];
    server.ask(
        name,
        false,
        v4 -> {
          if (other[0] == null) {
            other[0] = v4;
          } else {
            finish(merge(v4, other[0]));
          }
        });
    server.ask(
        name,
        true,
        v6 -> {
          if (other[0] == null) {
            other[0] = v6;
          } else {
            finish(merge(other[0], v6));
          }
        });
  }

  /// One good answer makes it good.
  private static DnsAnswer merge(DnsAnswer first, DnsAnswer second) {
    return switch (first) {
      case DnsAnswer.Failed _ -> second;
      case DnsAnswer.Addresses(var all) ->
          switch (second) {
            case DnsAnswer.Failed _ -> first;
            case DnsAnswer.Addresses(var more) -> {
              var merged = new ArrayList<Address>(all);
              merged.addAll(more);
              yield new DnsAnswer.Addresses(merged);
            }
          };
    };
  }
}

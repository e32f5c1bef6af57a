package dev.outrider.proxy.dns;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/// Asks the system, which blocks: in the background. Its answers say nothing of how long they hold,
/// for which Envoy takes a minute.
final class SystemResolver implements FamilyLookup.OneKind {
  private static final long TTL_SECONDS = 60;

  private final Executor background;
  private final Executor loop;

  SystemResolver(Executor background, Executor loop) {
    this.background = background;
    this.loop = loop;
  }

  @Override
  public void ask(String name, boolean v6, Consumer<DnsAnswer> answer) {
    var _ =
        CompletableFuture.supplyAsync(() -> lookUp(name, v6), background)
            .exceptionally(failure -> new DnsAnswer.Failed(String.valueOf(failure.getMessage())))
            .thenAcceptAsync(answer, loop);
  }

  private static DnsAnswer lookUp(String name, boolean v6) {
    try {
      var found = new ArrayList<DnsAnswer.Address>();
      for (var address : InetAddress.getAllByName(name)) {
        if (address instanceof Inet6Address == v6) {
          found.add(new DnsAnswer.Address(address.getHostAddress(), TTL_SECONDS));
        }
      }
      return new DnsAnswer.Addresses(List.copyOf(found));
    } catch (UnknownHostException unknown) {
      return new DnsAnswer.Failed(String.valueOf(unknown.getMessage()));
    }
  }
}

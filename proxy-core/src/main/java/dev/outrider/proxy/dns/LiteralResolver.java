package dev.outrider.proxy.dns;

import dev.outrider.proxy.cluster.DnsFamily;
import dev.outrider.proxy.cluster.IpAddress;
import dev.outrider.proxy.loop.Loop;
import java.util.List;
import java.util.function.Consumer;

/// Answers what is an IP address already, and leaves names to another. One loop.
record LiteralResolver(NameResolver names, Loop loop) implements NameResolver {

  @Override
  public Query resolve(String name, DnsFamily family, Consumer<DnsAnswer> answer) {
    if (IpAddress.parse(name) == null) {
      return names.resolve(name, family, answer);
    }
    var cancelled = new boolean[1];
    loop.execute(
        () -> {
          if (!cancelled[0]) {
            answer.accept(new DnsAnswer.Addresses(List.of(new DnsAnswer.Address(name, 0))));
          }
        });
    return () -> cancelled[0] = true;
  }
}

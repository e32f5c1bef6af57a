package dev.outrider.proxy.dns;

import dev.outrider.proxy.cluster.DnsResolverSpec;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/// Makes a resolver when the first cluster asks for it and keeps it: there are as many as
/// configurations differ. On one loop.
public final class LoopResolvers implements NameResolvers {
  private final Map<DnsResolverSpec, FamilyLookup.OneKind> made = new HashMap<>();
  private final Supplier<DnsNameResolverBuilder> channels;
  private final Executor loop;
  private final Executor background;

  /// @param channels what sockets are made of, and on which event loop
  /// @param loop takes answers as tasks
  /// @param background for what blocks
  public LoopResolvers(
      Supplier<DnsNameResolverBuilder> channels, Executor loop, Executor background) {
    this.channels = channels;
    this.loop = loop;
    this.background = background;
  }

  @Override
  public NameResolver of(DnsResolverSpec spec) {
    var server = made.computeIfAbsent(spec, this::make);
    return (name, family, answer) -> FamilyLookup.begin(server, name, family, answer);
  }

  private FamilyLookup.OneKind make(DnsResolverSpec spec) {
    return switch (spec) {
      case DnsResolverSpec.Servers servers -> new ServerResolver(servers, channels.get(), loop);
      case DnsResolverSpec.OfSystem _ -> new SystemResolver(background, loop);
    };
  }
}

package dev.outrider.proxy.dns;

import dev.outrider.proxy.cluster.DnsResolverSpec;
import dev.outrider.proxy.cluster.HostPort;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.DnsErrorCauseException;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsServerAddresses;
import io.netty.resolver.dns.NoopAuthoritativeDnsServerCache;
import io.netty.resolver.dns.NoopDnsCnameCache;
import io.netty.util.concurrent.Future;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Asks name servers, through Netty, and remembers nothing. On its loop.
///
/// A name that does not exist, or has no address of the kind asked for, is an answer without
/// addresses, as in Envoy; a server that refuses, fails or says nothing is none.
final class ServerResolver implements FamilyLookup.OneKind {
  private final DnsNameResolver v4;
  private final DnsNameResolver v6;
  private final TtlNotes ttls = new TtlNotes();
  private final UnansweredQueries unansweredV4 = new UnansweredQueries();
  private final UnansweredQueries unansweredV6 = new UnansweredQueries();
  private final Executor loop;
  private final int tries;

  /// @param channels what its sockets are, and whose loop they belong to
  /// @param loop takes answers
  ServerResolver(DnsResolverSpec.Servers spec, DnsNameResolverBuilder channels, Executor loop) {
    this.loop = loop;
    this.tries = spec.tries();
    var template =
        channels
            .resolveCache(ttls)
            .cnameCache(NoopDnsCnameCache.INSTANCE)
            .authoritativeDnsServerCache(NoopAuthoritativeDnsServerCache.INSTANCE)
            .queryTimeoutMillis(spec.timeoutMillis())
            .consolidateCacheSize(0);
    if (!spec.addresses().isEmpty()) {
      var servers = spec.addresses().stream().map(ServerResolver::server).toList();
      var order =
          spec.rotate()
              ? DnsServerAddresses.rotational(servers)
              : DnsServerAddresses.sequential(servers);
      template.nameServerProvider(_ -> order.stream());
    }
    if (!spec.search()) {
      template.searchDomains(List.of());
    }
    if (spec.payloadBytes() > 0) {
      template.maxPayloadSize(spec.payloadBytes());
    }
    v4 =
        template
            .copy()
            .resolvedAddressTypes(ResolvedAddressTypes.IPV4_ONLY)
            .dnsQueryLifecycleObserverFactory(unansweredV4)
            .build();
    v6 =
        template
            .copy()
            .resolvedAddressTypes(ResolvedAddressTypes.IPV6_ONLY)
            .dnsQueryLifecycleObserverFactory(unansweredV6)
            .build();
  }

  private static InetSocketAddress server(HostPort address) {
    return new InetSocketAddress(address.host(), address.port());
  }

  @Override
  public void ask(String name, boolean wantsV6, Consumer<DnsAnswer> answer) {
    ask(name, wantsV6, tries, answer);
  }

  private void ask(String name, boolean wantsV6, int triesLeft, Consumer<DnsAnswer> answer) {
    var unanswered = wantsV6 ? unansweredV6 : unansweredV4;
    unanswered.take(name);
    var asked = (wantsV6 ? v6 : v4).resolveAll(name);
    asked.addListener(
        _ ->
            loop.execute(
                () -> {
                  if (triesLeft > 1 && timedOut(asked.cause())) {
                    ask(name, wantsV6, triesLeft - 1, answer);
                  } else {
                    answer.accept(read(asked, wantsV6, unanswered.take(name)));
                  }
                }));
  }

  /// @param refused a server did not answer a question meanwhile, perhaps this one: Netty does not
  ///   say it in the failure
  private DnsAnswer read(Future<List<InetAddress>> asked, boolean wantsV6, boolean refused) {
    if (!asked.isSuccess()) {
      return !refused && denied(asked.cause())
          ? DnsAnswer.EMPTY
          : new DnsAnswer.Failed(String.valueOf(asked.cause().getMessage()));
    }
    var found = new ArrayList<DnsAnswer.Address>();
    for (var address : asked.getNow()) {
      if (address instanceof Inet6Address == wantsV6) { // a literal is what it is
        found.add(new DnsAnswer.Address(address.getHostAddress(), ttls.of(address)));
      }
    }
    return new DnsAnswer.Addresses(found);
  }

  private static boolean timedOut(@Nullable Throwable failure) {
    return failure != null && DnsNameResolver.isTimeoutError(failure);
  }

  /// Whether a server knows that there is nothing.
  private static boolean denied(Throwable failure) {
    if (DnsNameResolver.isTransportOrTimeoutError(failure)
        || !(failure instanceof UnknownHostException)) {
      return false;
    }
    for (var cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof DnsErrorCauseException error) {
        return error.getCode().equals(DnsResponseCode.NXDOMAIN);
      }
    }
    return true;
  }
}

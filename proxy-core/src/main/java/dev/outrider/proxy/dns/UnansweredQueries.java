package dev.outrider.proxy.dns;

import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsQueryLifecycleObserver;
import io.netty.resolver.dns.DnsQueryLifecycleObserverFactory;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Names of which a server did not say what there is: it refused, failed or was silent. Netty does
/// not tell that from a name without addresses. One loop.
final class UnansweredQueries implements DnsQueryLifecycleObserverFactory {
  private final Set<String> names = new HashSet<>();

  /// Whether that was so for a name, or for the name in one of the domains that are searched.
  /// Forgets it.
  boolean take(String name) {
    var written = name.endsWith(".") ? name : name + ".";
    return names.removeIf(known -> known.startsWith(written));
  }

  @Override
  public DnsQueryLifecycleObserver newDnsQueryLifecycleObserver(DnsQuestion question) {
    return new Query(question.name());
  }

  /// One question, and those that its answers lead to.
  private final class Query implements DnsQueryLifecycleObserver {
    private final String name;

    Query(String name) {
      this.name = name;
    }

    @Override
    public void queryWritten(InetSocketAddress server, ChannelFuture future) {}

    @Override
    public void queryCancelled(int queriesRemaining) {}

    @Override
    public DnsQueryLifecycleObserver queryRedirected(List<InetSocketAddress> servers) {
      return this;
    }

    @Override
    public DnsQueryLifecycleObserver queryCNAMEd(DnsQuestion question) {
      return this;
    }

    @Override
    public DnsQueryLifecycleObserver queryNoAnswer(DnsResponseCode code) {
      if (!code.equals(DnsResponseCode.NOERROR) && !code.equals(DnsResponseCode.NXDOMAIN)) {
        names.add(name);
      }
      return this;
    }

    @Override
    public void queryFailed(Throwable cause) { // an answer without addresses is one of these too
      if (DnsNameResolver.isTransportOrTimeoutError(cause)) {
        names.add(name);
      }
    }

    @Override
    public void querySucceed() {}
  }
}

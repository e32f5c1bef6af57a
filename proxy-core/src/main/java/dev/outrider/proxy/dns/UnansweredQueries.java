package dev.outrider.proxy.dns;

import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsQueryLifecycleObserver;
import io.netty.resolver.dns.DnsQueryLifecycleObserverFactory;
import java.net.InetSocketAddress;
import java.util.List;

/// Counts questions to which a server did not say what there is: it refused, failed or was silent.
/// One loop.
final class UnansweredQueries
    implements DnsQueryLifecycleObserverFactory, DnsQueryLifecycleObserver {
  private long count;

  long count() {
    return count;
  }

  @Override
  public DnsQueryLifecycleObserver newDnsQueryLifecycleObserver(DnsQuestion question) {
    return this;
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
      count++;
    }
    return this;
  }

  @Override
  public void queryFailed(Throwable cause) { // an answer without addresses is one of these too
    if (DnsNameResolver.isTransportOrTimeoutError(cause)) {
      count++;
    }
  }

  @Override
  public void querySucceed() {}
}

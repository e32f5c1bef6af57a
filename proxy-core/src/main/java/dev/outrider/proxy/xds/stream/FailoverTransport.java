package dev.outrider.proxy.xds.stream;

import dev.outrider.proxy.config.DynamicSources.Protocol;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Two servers that say the same, as Envoy's `GrpcMuxFailover` chooses between them: the first is
/// asked; when it has failed twice and never answered, the second; when a stream of that ends, each
/// in turn. Once the first has answered, nobody else is asked. Main loop only.
public final class FailoverTransport implements AdsTransport {
  private static final Logger LOG = LoggerFactory.getLogger("config");
  private static final int MOST_FAILURES = 2;

  private final AdsTransport first;
  private final AdsTransport second;
  private AdsTransport next;
  private int failures;
  private boolean settled;

  public FailoverTransport(AdsTransport first, AdsTransport second) {
    this.first = first;
    this.second = second;
    this.next = first;
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // which of the two
  public Call open(Protocol protocol, Receiver receiver) {
    var asked = next;
    var call =
        asked.open(
            protocol,
            new Receiver() {
              @Override
              public void onReady() {
                receiver.onReady();
              }

              @Override
              public void onMessage(byte[] response) {
                settled |= asked == first;
                receiver.onMessage(response);
              }

              @Override
              public void onEnd(End end) {
                if (!settled) {
                  failed(asked);
                }
                receiver.onEnd(end);
              }
            });
    return asked == first ? call : new Second(call);
  }

  @SuppressWarnings("ReferenceEquality") // which of the two
  private void failed(AdsTransport asked) {
    if (asked == second) {
      next = first;
    } else if (++failures >= MOST_FAILURES) {
      LOG.warn("the control plane does not answer; asking its failover");
      next = second;
    }
  }

  /// A stream to the second.
  private final class Second implements Call {
    private final Call call;

    Second(Call call) {
      this.call = call;
    }

    @Override
    public void send(byte[] request) {
      call.send(request);
    }

    @Override
    public void cancel() {
      next = first; // nobody tells the end of what we give up
      call.cancel();
    }

    @Override
    public int entry() {
      return 2;
    }
  }
}

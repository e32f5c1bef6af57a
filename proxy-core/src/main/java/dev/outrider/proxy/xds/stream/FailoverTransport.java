package dev.outrider.proxy.xds.stream;

import dev.outrider.proxy.config.DynamicSources.Protocol;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Two servers that say the same, as Envoy's `GrpcMuxFailover` chooses between them: the first is
/// asked; when it has failed twice and never answered, the second; when that fails as well, each in
/// turn. Who answers first is asked from then on, and nobody else. Main loop only.
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
  public Call open(Protocol protocol, Receiver receiver) {
    var asked = next;
    return asked.open(
        protocol,
        new Receiver() {
          @Override
          public void onReady() {
            receiver.onReady();
          }

          @Override
          public void onMessage(byte[] response) {
            settled = true;
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
}

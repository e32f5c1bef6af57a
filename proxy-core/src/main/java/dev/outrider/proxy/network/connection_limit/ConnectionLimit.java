package dev.outrider.proxy.network.connection_limit;

import dev.outrider.proxy.filter.network.CloseMode;
import dev.outrider.proxy.filter.network.ConnectionEnd;
import dev.outrider.proxy.filter.network.NetworkFilter;
import dev.outrider.proxy.filter.network.NetworkHandle;
import dev.outrider.proxy.filter.network.NetworkStatus;
import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.loop.Timer;
import org.jspecify.annotations.Nullable;

/// Turns a client away when there are as many as there may be. One that is kept for a while counts
/// like the others. On the connection's loop.
final class ConnectionLimit implements NetworkFilter {
  private static final String REASON = "over_connection_limit";

  private final WorkerConnectionLimit worker;
  private final NetworkHandle client;
  private @Nullable Timer delay;
  private boolean entered;
  private boolean rejected;

  ConnectionLimit(WorkerConnectionLimit worker, NetworkHandle client) {
    this.worker = worker;
    this.client = client;
  }

  @Override
  public NetworkStatus onNewConnection() {
    entered = true;
    if (worker.enter()) {
      return NetworkStatus.CONTINUE;
    }
    rejected = true;
    worker.cells().inc(ConnectionLimitStats.LIMITED_CONNECTIONS);
    var millis = worker.spec().delayMillis();
    if (millis == 0) {
      close();
    } else {
      delay = client.loop().timers().newTimer(this::close);
      delay.arm(millis);
    }
    return NetworkStatus.STOP;
  }

  @Override
  public NetworkStatus onData(BodyBuffer data, boolean end) {
    return rejected ? NetworkStatus.STOP : NetworkStatus.CONTINUE;
  }

  private void close() {
    client.close(CloseMode.NO_FLUSH, REASON);
  }

  @Override
  public void onClose(ConnectionEnd how) {
    if (delay != null) {
      delay.cancel();
    }
    if (entered) {
      worker.leave();
    }
  }
}

package dev.outrider.proxy.network.rbac;

import dev.outrider.proxy.filter.network.CloseMode;
import dev.outrider.proxy.filter.network.ConnectionEnd;
import dev.outrider.proxy.filter.network.NetworkFilter;
import dev.outrider.proxy.filter.network.NetworkHandle;
import dev.outrider.proxy.filter.network.NetworkStatus;
import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.rbac.Policy;
import dev.outrider.proxy.rbac.Rbac;
import org.jspecify.annotations.Nullable;

/// Lets a client through or not, when it has sent something: by then everything is known about it.
/// On the connection's loop.
final class RbacFilter implements NetworkFilter {
  private static final String REASON = "rbac_deny_close";

  private final WorkerRbacFilter worker;
  private final NetworkHandle client;
  private @Nullable Timer delay;
  private boolean checked;
  private boolean denied;

  RbacFilter(WorkerRbacFilter worker, NetworkHandle client) {
    this.worker = worker;
    this.client = client;
  }

  @Override
  public NetworkStatus onData(BodyBuffer data, boolean end) {
    if (denied) {
      return NetworkStatus.STOP; // it is only kept for a while
    }
    if (!checked || worker.spec().continuous()) {
      checked = true;
      checkShadow();
      check();
    }
    return denied ? NetworkStatus.STOP : NetworkStatus.CONTINUE;
  }

  private void checkShadow() {
    var rules = worker.spec().shadowRules();
    if (rules != null) {
      var allowed = rules.allows(rules.match(client.info(), null));
      worker.shadowCells().inc(allowed ? RbacStats.SHADOW_ALLOWED : RbacStats.SHADOW_DENIED);
    }
  }

  private void check() {
    var rules = worker.spec().rules();
    if (rules == null) {
      return;
    }
    var matched = rules.match(client.info(), null);
    if (rules.allows(matched)) {
      worker.cells().inc(RbacStats.ALLOWED);
    } else {
      worker.cells().inc(RbacStats.DENIED);
      deny(matched);
    }
  }

  private void deny(@Nullable Policy matched) {
    denied = true;
    client.info().connectionTermination(Rbac.details(matched));
    var millis = worker.spec().delayMillis();
    if (millis == 0) {
      close();
    } else {
      delay = client.loop().timers().newTimer(this::close);
      delay.arm(millis);
    }
  }

  private void close() {
    client.close(CloseMode.NO_FLUSH, REASON);
  }

  @Override
  public void onClose(ConnectionEnd how) {
    if (delay != null) {
      delay.cancel();
    }
  }
}

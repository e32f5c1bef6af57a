package dev.outrider.proxy.wasm;

import dev.outrider.proxy.filter.network.CloseMode;
import dev.outrider.proxy.filter.network.NetworkFilter;
import dev.outrider.proxy.filter.network.NetworkHandle;
import dev.outrider.proxy.filter.network.NetworkStatus;

/// Stands in for a plugin without a VM: closes the connection, as Envoy does.
record FailedNetworkFilter(NetworkHandle connection) implements NetworkFilter {
  static void fail(NetworkHandle connection) {
    connection.close(CloseMode.FLUSH, "");
  }

  @Override
  public NetworkStatus onNewConnection() {
    fail(connection);
    return NetworkStatus.STOP;
  }
}

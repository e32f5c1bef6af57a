package dev.outrider.proxy.server;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.xds.resource.Held;
import dev.outrider.proxy.xds.resource.Resource.ListenerResource;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import java.util.ArrayList;
import java.util.List;

/// The HTTP connection managers of a listener, as messages: `/config_dump` shows what is written in
/// them. Any thread.
final class HttpManagers {
  private HttpManagers() {}

  static List<HttpConnectionManager> of(Held<ListenerResource> held) {
    var found = new ArrayList<HttpConnectionManager>();
    try {
      var listener = Listener.parseFrom(held.bytes().toByteArray());
      var chains = new ArrayList<>(listener.getFilterChainsList());
      chains.add(listener.getDefaultFilterChain());
      for (FilterChain chain : chains) {
        for (Filter filter : chain.getFiltersList()) {
          if (filter.getTypedConfig().is(HttpConnectionManager.class)) {
            found.add(filter.getTypedConfig().unpack(HttpConnectionManager.class));
          }
        }
      }
    } catch (InvalidProtocolBufferException impossible) {
      throw new IllegalStateException("a listener that was accepted", impossible);
    }
    return found;
  }
}

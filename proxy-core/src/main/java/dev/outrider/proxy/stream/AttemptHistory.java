package dev.outrider.proxy.stream;

import dev.outrider.proxy.cluster.HostPort;
import java.util.ArrayList;
import java.util.List;

/// The hosts that an exchange was tried on, and the connections that it got there, in order. Made
/// for the second attempt of an exchange, and recycled with it.
final class AttemptHistory {
  private final List<HostPort> hosts = new ArrayList<>(2);
  private final List<String> names = new ArrayList<>(2);
  private final List<Long> connections = new ArrayList<>(2);

  void add(HostPort host, String name) {
    hosts.add(host);
    names.add(name);
  }

  void connected(long connectionId) {
    connections.add(connectionId);
  }

  int hosts() {
    return hosts.size();
  }

  HostPort host(int index) {
    return hosts.get(index);
  }

  String name(int index) {
    return names.get(index);
  }

  int connections() {
    return connections.size();
  }

  long connection(int index) {
    return connections.get(index);
  }

  void reset() {
    hosts.clear();
    names.clear();
    connections.clear();
  }
}

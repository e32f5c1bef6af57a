package dev.outrider.proxy.stream;

import dev.outrider.proxy.cluster.HostPort;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The hosts that an exchange was tried on, and the connections that it got there, in order. One
/// thread; recycled with its stream.
public final class Attempts {
  private final List<HostPort> hosts = new ArrayList<>(1);
  private final List<String> names = new ArrayList<>(1);
  private long[] connections = new long[1];
  private int connectionCount;

  /// Another one begins.
  ///
  /// @param name empty if the endpoint has none
  public void add(HostPort host, String name) {
    hosts.add(host);
    names.add(name);
  }

  public void connected(long connectionId) {
    if (connectionCount == connections.length) {
      connections = Arrays.copyOf(connections, connectionCount * 2);
    }
    connections[connectionCount++] = connectionId;
  }

  public int count() {
    return hosts.size();
  }

  public HostPort host(int index) {
    return hosts.get(index);
  }

  /// Empty if the endpoint has none.
  public String name(int index) {
    return names.get(index);
  }

  public int connectionCount() {
    return connectionCount;
  }

  public long connection(int index) {
    return connections[index];
  }

  void reset() {
    hosts.clear();
    names.clear();
    connectionCount = 0;
  }
}

package dev.outrider.proxy.cluster;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Endpoints of a cluster that exist because somebody wanted to go there (Envoy ORIGINAL_DST).
/// Known to all loops under their address, so that limits and counts hold across them.
///
/// Any thread but where it says otherwise.
public final class OriginalHosts {

  /// An endpoint, and whether it was wanted since the last [#sweep]. The flag is written by every
  /// loop; a mark that is lost costs a host its place one interval too early, and a new one is made
  /// at the next request.
  private static final class Entry {
    private final Endpoint endpoint;
    private volatile boolean wanted;

    Entry(Endpoint endpoint) {
      this.endpoint = endpoint;
    }
  }

  private final String clusterName;
  private final int loops;
  private final Consumer<String> changed;
  private final AtomicBoolean told = new AtomicBoolean();
  private final ConcurrentHashMap<HostPort, Entry> byAddress = new ConcurrentHashMap<>();

  /// @param changed given the name of the cluster when there are others than [#all] last said, on
  ///   any thread; not again until somebody asks for [#all]
  OriginalHosts(String clusterName, int loops, Consumer<String> changed) {
    this.clusterName = clusterName;
    this.loops = loops;
    this.changed = changed;
  }

  /// The endpoint at an address; null if nobody has wanted to go there.
  public @Nullable Endpoint find(HostPort address) {
    var entry = byAddress.get(address);
    return entry == null ? null : wanted(entry);
  }

  /// The endpoint at an address, which is made if there is none.
  public Endpoint findOrMake(HostPort address) {
    var known = byAddress.get(address);
    if (known == null) {
      known = byAddress.computeIfAbsent(address, this::make);
      tell();
    }
    return wanted(known);
  }

  private void tell() {
    if (told.compareAndSet(false, true)) {
      changed.accept(clusterName);
    }
  }

  private static Endpoint wanted(Entry entry) {
    if (!entry.wanted) {
      entry.wanted = true;
    }
    return entry.endpoint;
  }

  /// Its host name is made as Envoy makes it.
  private Entry make(HostPort address) {
    return new Entry(
        new Endpoint(
            new EndpointSpec(
                address, clusterName + address.text(), 1, 0, Locality.NONE, HealthStatus.UNKNOWN),
            new HostShared(clusterName, address, loops)));
  }

  /// Forgets whom nobody has wanted since the last time, and to whom there is no connection.
  /// Answers whether there was somebody. Main loop only.
  public boolean sweep() {
    var removed =
        byAddress
            .values()
            .removeIf(
                entry -> {
                  var kept =
                      entry.wanted || entry.endpoint.shared().stat(EndpointStats.CX_ACTIVE) != 0;
                  entry.wanted = false;
                  return !kept;
                });
    if (removed) {
      tell();
    }
    return removed;
  }

  public int size() {
    return byAddress.size();
  }

  /// How many of them nothing is said against.
  public int healthy() {
    return (int) byAddress.values().stream().filter(entry -> entry.endpoint.healthy()).count();
  }

  /// As they are now. Main loop only.
  public EndpointSet all() {
    told.set(false); // before the look: who comes behind it tells again
    List<Endpoint> endpoints = byAddress.values().stream().map(entry -> entry.endpoint).toList();
    return new EndpointSet(clusterName, endpoints, SpreadPolicy.DEFAULT);
  }
}

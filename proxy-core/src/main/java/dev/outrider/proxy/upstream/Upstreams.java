package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.LocalPlace;
import dev.outrider.proxy.cluster.SharedClusters;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http2.Http2StreamPool;
import dev.outrider.proxy.loadbalancing.PickerScope;
import dev.outrider.proxy.loop.Loop;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All clusters of one loop: find one, pick an endpoint, open an attempt. The main loop has its
/// own.
public final class Upstreams {
  private static final Logger LOG = LoggerFactory.getLogger("upstream");
  private static final int KEPT = 1024;

  private final Loop loop;
  private final Connector connector;
  private final HeadStores heads;
  private final SharedClusters shared;
  private final RandomGenerator random;
  private final LocalPlace place;
  private final Map<String, UpstreamCluster> clusters = new HashMap<>();
  private final Map<String, EndpointSet> endpointsAhead = new HashMap<>();
  private final Set<UpstreamCluster> aggregates = new LinkedHashSet<>();
  private final ArrayDeque<UpstreamStream> free = new ArrayDeque<>();
  private final ArrayDeque<Http2ClientStream> freeCarriers = new ArrayDeque<>();
  private final Http2StreamPool http2Streams = new Http2StreamPool();
  private long connectionCount;

  public Upstreams(
      Loop loop,
      Connector connector,
      HeadStores heads,
      SharedClusters shared,
      RandomGenerator random) {
    this(loop, connector, heads, shared, random, LocalPlace.UNKNOWN);
  }

  public Upstreams(
      Loop loop,
      Connector connector,
      HeadStores heads,
      SharedClusters shared,
      RandomGenerator random,
      LocalPlace place) {
    this.loop = loop;
    this.connector = connector;
    this.heads = heads;
    this.shared = shared;
    this.random = random;
    this.place = place;
  }

  /// The current version of a cluster; null if there is none.
  public @Nullable UpstreamCluster find(String name) {
    return clusters.get(name);
  }

  /// Takes a new or changed cluster; its pools stay.
  public void put(Cluster cluster) {
    loop.assertOnLoop();
    var known = clusters.get(cluster.name());
    if (known != null) {
      known.update(cluster);
      changed(known);
      return;
    }
    var counted = shared.get(cluster.name());
    if (counted == null) {
      throw new IllegalStateException(
          "cluster '" + cluster.name() + "' was published without its shared part");
    }
    var added = new UpstreamCluster(this, counted, cluster);
    clusters.put(cluster.name(), added);
    var endpoints = endpointsAhead.remove(cluster.name());
    if (endpoints != null) {
      added.update(endpoints);
    }
    changed(added);
    onLocalChange(cluster.name());
  }

  /// Clusters that consist of others choose among what those have now.
  private void changed(UpstreamCluster cluster) {
    if (cluster.config().discovery() instanceof Discovery.Aggregate) {
      aggregates.add(cluster);
    } else {
      aggregates.remove(cluster);
    }
    for (var aggregate : aggregates) {
      if (aggregate.consistsOf(cluster.config().name())) {
        aggregate.membersChanged();
      }
    }
  }

  /// The clusters that an aggregate consists of and that are there, those of aggregates among them
  /// in their place.
  List<UpstreamCluster> members(Discovery.Aggregate aggregate) {
    var members = new LinkedHashSet<UpstreamCluster>();
    collect(aggregate, members, new HashSet<>());
    return List.copyOf(members);
  }

  private void collect(
      Discovery.Aggregate aggregate, Set<UpstreamCluster> members, Set<String> seen) {
    for (var name : aggregate.clusters()) {
      var member = clusters.get(name);
      if (member != null && seen.add(name)) {
        if (member.config().discovery() instanceof Discovery.Aggregate inner) {
          collect(inner, members, seen);
        } else {
          members.add(member);
        }
      }
    }
  }

  /// Takes the current endpoints of a cluster; they may come before it.
  public void put(EndpointSet endpoints) {
    loop.assertOnLoop();
    var cluster = clusters.get(endpoints.clusterName());
    if (cluster != null) {
      cluster.update(endpoints);
      changed(cluster);
    } else {
      endpointsAhead.put(endpoints.clusterName(), endpoints);
    }
    onLocalChange(endpoints.clusterName());
  }

  private void onLocalChange(String name) {
    if (name.equals(place.cluster())) {
      clusters.values().forEach(UpstreamCluster::onLocalChange);
    }
  }

  /// Connections to one host beside those of the clusters that are found by name: nothing that
  /// happens to them counts with theirs, but for what is told of TLS. To be closed by the caller.
  public UpstreamCluster apart(Cluster cluster, EndpointSpec host) {
    loop.assertOnLoop();
    var alone = new UpstreamCluster(this, shared.apart(cluster), cluster);
    alone.update(
        EndpointSet.next(
            null, cluster.name(), new Assignment(cluster.name(), List.of(host)), loop.index() + 1));
    return alone;
  }

  /// Forgets a cluster. What is under way ends by itself; idle connections are closed.
  public void remove(String name) {
    loop.assertOnLoop();
    endpointsAhead.remove(name);
    var cluster = clusters.remove(name);
    if (cluster != null) {
      cluster.remove();
      aggregates.remove(cluster);
      aggregates.forEach(UpstreamCluster::membersChanged);
      onLocalChange(name);
    }
  }

  /// Closes idle connections and, as they become idle, all others: the end of the process.
  public void drain() {
    clusters.values().forEach(UpstreamCluster::drain);
  }

  /// Where we run, and the proxies beside us as they are now.
  PickerScope.Local local() {
    var beside = clusters.get(place.cluster());
    return new PickerScope.Local(place.locality(), beside == null ? null : beside.endpoints());
  }

  Loop loop() {
    return loop;
  }

  Connector connector() {
    return connector;
  }

  HeadStores heads() {
    return heads;
  }

  RandomGenerator random() {
    return random;
  }

  UpstreamStream take() {
    var stream = free.pollFirst();
    return stream != null ? stream : new UpstreamStream(this);
  }

  void giveBack(UpstreamStream stream) {
    if (free.size() < KEPT) {
      free.addFirst(stream);
    }
  }

  Http2ClientStream takeCarrier() {
    var carrier = freeCarriers.pollFirst();
    return carrier != null ? carrier : new Http2ClientStream(this);
  }

  void giveBack(Http2ClientStream carrier) {
    if (freeCarriers.size() < KEPT) {
      freeCarriers.addFirst(carrier);
    }
  }

  Http2StreamPool http2Streams() {
    return http2Streams;
  }

  /// Unique in the process: the low bits name the loop.
  long nextConnectionId() {
    return ++connectionCount << 8 | loop.index();
  }

  void onBug(Throwable bug) {
    LOG.error("an upstream stream failed on loop {}", loop.index(), bug);
  }
}

package dev.outrider.proxy.loadbalancing.hashing;

import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.LbPolicy.Maglev;
import dev.outrider.proxy.cluster.XxHash;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A table whose slots the endpoints take in turn, each in an order of its own, until it is full
/// ("Maglev", Eisenbud et al. 2016, 3.4); by weight as Envoy does it: who has less than the most
/// sits out some turns.
public final class MaglevTable implements HashTable {
  private final int size;
  private final int[] slots;
  private final Endpoint[] endpoints;
  private final int fewest;
  private final int most;

  public MaglevTable(Maglev policy, WeightedHosts hosts) {
    this.size = policy.tableSize();
    var takers = takers(policy, hosts);
    this.endpoints = takers.stream().map(taker -> taker.endpoint).toArray(Endpoint[]::new);
    this.slots = new int[endpoints.length == 0 ? 0 : size];
    if (endpoints.length > 0) {
      fill(takers, hosts.most());
    }
    var alone = takers.size() == 1;
    this.fewest = alone ? 1 : takers.stream().mapToInt(taker -> taker.count).min().orElse(0);
    this.most = alone ? 1 : takers.stream().mapToInt(taker -> taker.count).max().orElse(0);
  }

  /// In an order that does not depend on that of the configuration: who takes first takes more.
  private static List<Taker> takers(Maglev policy, WeightedHosts hosts) {
    var takers = new ArrayList<Taker>(hosts.endpoints().size());
    for (var i = 0; i < hosts.endpoints().size(); i++) {
      var endpoint = hosts.endpoints().get(i);
      var key = WeightedHosts.key(endpoint, policy.hashing().byHostname());
      takers.add(new Taker(endpoint, key, hosts.shares().get(i), policy.tableSize()));
    }
    takers.sort(Comparator.comparing((Taker taker) -> taker.key));
    return takers;
  }

  private void fill(List<Taker> takers, double mostShare) {
    Arrays.fill(slots, -1);
    var taken = 0;
    for (var turn = 1L; taken < size; turn++) {
      for (var i = 0; i < endpoints.length && taken < size; i++) {
        var taker = takers.get(i);
        if (turn * taker.share < taker.due) {
          continue;
        }
        taker.due += mostShare;
        while (slots[taker.next] >= 0) {
          taker.skip(size);
        }
        slots[taker.next] = i;
        taker.skip(size);
        taker.count++;
        taken++;
      }
    }
  }

  @Override
  public @Nullable Endpoint at(long hash, int attempt) {
    if (slots.length == 0) {
      return null;
    }
    var changed = attempt == 0 ? hash : hash ^ -attempt; // all bits that the attempt leaves
    return endpoints[slots[(int) Long.remainderUnsigned(changed, size)]];
  }

  /// Slots of the endpoint that has the fewest; 1 if it is alone, as Envoy counts.
  public int fewest() {
    return fewest;
  }

  /// Slots of the endpoint that has the most; 1 if it is alone, as Envoy counts.
  public int most() {
    return most;
  }

  /// An endpoint while slots are taken.
  private static final class Taker {
    private final Endpoint endpoint;
    private final String key;
    private final double share;
    private final int step;
    private int next;
    private double due;
    private int count;

    Taker(Endpoint endpoint, String key, double share, int size) {
      this.endpoint = endpoint;
      this.key = key;
      this.share = share;
      var bytes = key.getBytes(StandardCharsets.UTF_8);
      this.next = (int) Long.remainderUnsigned(XxHash.of(bytes, 0, bytes.length, 0), size);
      this.step = (int) Long.remainderUnsigned(XxHash.of(bytes, 0, bytes.length, 1), size - 1) + 1;
    }

    /// To the next slot of its own order; neither number is above half of what an `int` holds.
    void skip(int size) {
      next += step;
      if (next >= size) {
        next -= size;
      }
    }
  }
}

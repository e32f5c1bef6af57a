package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.Endpoint;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Earliest deadline first: after each turn an endpoint's next deadline is 1/weight later, so that
/// it is chosen in proportion to its weight and evenly spread. Equal deadlines go in order of
/// insertion, as in Envoy.
///
/// A binary heap in arrays: a pick allocates nothing.
final class WeightedRoundRobinPicker implements HostPicker {
  private final Endpoint[] endpoints;
  private final double[] deadlines;
  private final long[] insertions;
  private final int[] heap;
  private long inserted;

  WeightedRoundRobinPicker(List<Endpoint> endpoints, RandomGenerator random) {
    this.endpoints = endpoints.toArray(Endpoint[]::new);
    this.deadlines = new double[this.endpoints.length];
    this.insertions = new long[this.endpoints.length];
    this.heap = new int[this.endpoints.length];
    for (var i = 0; i < heap.length; i++) {
      deadlines[i] = 1.0 / this.endpoints[i].weight();
      insertions[i] = inserted++;
      heap[i] = i;
      siftUp(i);
    }
    // Decorrelates the proxies of a fleet, and the workers of one.
    for (var skip = heap.length == 0 ? 0 : random.nextInt(heap.length); skip > 0; skip--) {
      pick(PickContext.NONE);
    }
  }

  @Override
  public @Nullable Endpoint pick(PickContext context) {
    if (heap.length == 0) {
      return null;
    }
    var first = heap[0];
    deadlines[first] += 1.0 / endpoints[first].weight();
    insertions[first] = inserted++;
    siftDown();
    return endpoints[first];
  }

  private boolean before(int left, int right) {
    return deadlines[left] < deadlines[right]
        || (deadlines[left] == deadlines[right] && insertions[left] < insertions[right]);
  }

  private void siftUp(int from) {
    var at = from;
    while (at > 0 && before(heap[at], heap[(at - 1) / 2])) {
      swap(at, (at - 1) / 2);
      at = (at - 1) / 2;
    }
  }

  private void siftDown() {
    var at = 0;
    while (true) {
      var child = at * 2 + 1;
      if (child >= heap.length) {
        return;
      }
      if (child + 1 < heap.length && before(heap[child + 1], heap[child])) {
        child++;
      }
      if (!before(heap[child], heap[at])) {
        return;
      }
      swap(at, child);
      at = child;
    }
  }

  private void swap(int left, int right) {
    var moved = heap[left];
    heap[left] = heap[right];
    heap[right] = moved;
  }
}

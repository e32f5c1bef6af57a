package dev.outrider.proxy.loadbalancing;

/// Earliest deadline first: after each turn an entry's next deadline is 1/weight later, so that it
/// comes in proportion to its weight and evenly spread. Equal deadlines go in order of insertion,
/// as in Envoy. An entry is the index of something that the user keeps.
///
/// A binary heap in arrays: a turn allocates nothing.
final class Edf {
  private final double[] deadlines;
  private final long[] insertions;
  private final int[] heap;
  private int size;
  private long inserted;

  /// @param capacity entries at most; each is added once
  Edf(int capacity) {
    this.deadlines = new double[capacity];
    this.insertions = new long[capacity];
    this.heap = new int[capacity];
  }

  /// @param entry below the capacity, not there yet
  /// @param weight more than 0
  void add(int entry, double weight) {
    deadlines[entry] = 1.0 / weight;
    insertions[entry] = inserted++;
    heap[size] = entry;
    siftUp(size++);
  }

  /// Whose turn it is; there is at least one. It stays first until [#taken].
  int first() {
    return heap[0];
  }

  /// The first one had its turn.
  ///
  /// @param weight what it has from now on, more than 0
  void taken(double weight) {
    var first = heap[0];
    deadlines[first] += 1.0 / weight;
    insertions[first] = inserted++;
    siftDown();
  }

  int size() {
    return size;
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
      if (child >= size) {
        return;
      }
      if (child + 1 < size && before(heap[child + 1], heap[child])) {
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

package dev.outrider.proxy.loadbalancing.hashing;

import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.LbPolicy.RingHash;
import dev.outrider.proxy.cluster.XxHash;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A circle of 2^64 numbers on which each endpoint has places, in number by its share. A hash
/// belongs to the first place at or after it (ketama, as Envoy has it).
public final class HashRing implements HashTable {
  /// Turns unsigned order into signed order, in which arrays are sorted and searched.
  private static final long FLIP = Long.MIN_VALUE;

  private static final int LONGEST_NUMBER = 10;

  private final long[] places;
  private final Endpoint[] owners;
  private final int fewest;
  private final int most;

  public HashRing(RingHash policy, WeightedHosts hosts) {
    var count = hosts.endpoints().size();
    var least = hosts.least();
    var scale = Math.min(Math.ceil(least * policy.minSize()) / least, policy.maxSize());
    var filling = new Filling((int) Math.ceil(scale) + count);
    var fewestPlaces = (int) Math.ceil(scale);
    var mostPlaces = 0;
    var target = 0.0;
    for (var i = 0; i < count; i++) {
      target += scale * hosts.shares().get(i);
      var key = WeightedHosts.key(hosts.endpoints().get(i), policy.hashing().byHostname());
      var added = filling.add(i, key, target, policy.murmur());
      fewestPlaces = Math.min(fewestPlaces, added);
      mostPlaces = Math.max(mostPlaces, added);
    }
    fewest = count == 0 ? 0 : fewestPlaces;
    most = mostPlaces;
    filling.sort();
    places = filling.places();
    owners = filling.endpoints(hosts);
  }

  @Override
  public @Nullable Endpoint at(long hash, int attempt) {
    if (places.length == 0) {
      return null;
    }
    var found = firstAtOrAfter(hash ^ FLIP);
    return owners[attempt == 0 ? found : (int) (((long) found + attempt) % owners.length)];
  }

  private int firstAtOrAfter(long flipped) {
    var low = 0;
    var high = places.length;
    while (low < high) {
      var middle = (low + high) >>> 1;
      if (places[middle] < flipped) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low == places.length ? 0 : low;
  }

  /// Places in all.
  public int size() {
    return places.length;
  }

  /// Places of the endpoint that has the fewest.
  public int fewest() {
    return fewest;
  }

  /// Places of the endpoint that has the most.
  public int most() {
    return most;
  }

  /// The ring in the order in which its places are worked out.
  private static final class Filling {
    private static final int DIGIT_BITS = 8;

    private long[] hashes;
    private int[] owners;
    private int size;

    Filling(int expected) {
      hashes = new long[Math.max(1, expected)];
      owners = new int[hashes.length];
    }

    /// Places `key_0`, `key_1` and so on, until the ring has `target` of them. Returns how many.
    int add(int owner, String key, double target, boolean murmur) {
      var prefix = key.getBytes(StandardCharsets.UTF_8);
      var text = Arrays.copyOf(prefix, prefix.length + 1 + LONGEST_NUMBER);
      text[prefix.length] = '_';
      var number = 0;
      for (; size < target; number++) {
        var length = write(number, text, prefix.length + 1);
        put(owner, murmur ? MurmurHash.of(text, length) : XxHash.of(text, 0, length, 0));
      }
      return number;
    }

    private void put(int owner, long hash) {
      if (size == hashes.length) {
        hashes = Arrays.copyOf(hashes, size * 2);
        owners = Arrays.copyOf(owners, size * 2);
      }
      hashes[size] = hash ^ FLIP;
      owners[size++] = owner;
    }

    /// Returns where the digits end.
    private static int write(int number, byte[] text, int at) {
      var digits = 1;
      for (var rest = number; rest >= 10; rest /= 10) {
        digits++;
      }
      var rest = number;
      for (var i = at + digits - 1; i >= at; i--) {
        text[i] = (byte) ('0' + rest % 10);
        rest /= 10;
      }
      return at + digits;
    }

    /// By hash and, should two be equal, in the order of the endpoints: digit by digit, the last
    /// one first, which keeps the order of equals and makes no objects. A ring may have 8 million
    /// places.
    void sort() {
      var otherHashes = new long[size];
      var otherOwners = new int[size];
      for (var shift = 0; shift < Long.SIZE; shift += DIGIT_BITS) {
        var next = starts(shift);
        for (var i = 0; i < size; i++) {
          var to = next[digit(hashes[i], shift)]++;
          otherHashes[to] = hashes[i];
          otherOwners[to] = owners[i];
        }
        var hashesBefore = hashes;
        hashes = otherHashes;
        otherHashes = hashesBefore;
        var ownersBefore = owners;
        owners = otherOwners;
        otherOwners = ownersBefore;
      }
    }

    /// Where the hashes with each digit begin.
    private int[] starts(int shift) {
      var starts = new int[(1 << DIGIT_BITS) + 1];
      for (var i = 0; i < size; i++) {
        starts[digit(hashes[i], shift) + 1]++;
      }
      for (var digit = 0; digit < 1 << DIGIT_BITS; digit++) {
        starts[digit + 1] += starts[digit];
      }
      return starts;
    }

    private static int digit(long flipped, int shift) {
      return (int) ((flipped ^ FLIP) >>> shift) & (1 << DIGIT_BITS) - 1;
    }

    long[] places() {
      return hashes.length == size ? hashes : Arrays.copyOf(hashes, size);
    }

    Endpoint[] endpoints(WeightedHosts hosts) {
      var endpoints = new Endpoint[size];
      for (var i = 0; i < size; i++) {
        endpoints[i] = hosts.endpoints().get(owners[i]);
      }
      return endpoints;
    }
  }
}

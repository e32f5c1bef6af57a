package dev.outrider.proxy.listener;

import dev.outrider.proxy.cluster.IpAddress;
import dev.outrider.proxy.cluster.IpRange;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Finds the longest of the ranges that an address is in: one look for each length that occurs.
final class RangeIndex<V> {
  private final int[] v4;
  private final int[] v6;
  private final Map<IpRange, V> byRange;

  /// @param v4 lengths of IPv4 ranges that occur, the longest first
  /// @param v6 the same of IPv6
  private RangeIndex(int[] v4, int[] v6, Map<IpRange, V> byRange) {
    this.v4 = v4;
    this.v6 = v6;
    this.byRange = byRange;
  }

  static <V> RangeIndex<V> of(Map<IpRange, V> byRange) {
    return new RangeIndex<>(
        lengths(byRange, false), lengths(byRange, true), new HashMap<>(byRange));
  }

  private static <V> int[] lengths(Map<IpRange, V> byRange, boolean v6) {
    return byRange.keySet().stream()
        .filter(range -> range.first().v6() == v6)
        .map(IpRange::bits)
        .distinct()
        .sorted(Comparator.reverseOrder())
        .mapToInt(Integer::intValue)
        .toArray();
  }

  @Nullable V find(IpAddress address) {
    for (var bits : address.v6() ? v6 : v4) {
      var value = byRange.get(new IpRange(address, bits));
      if (value != null) {
        return value;
      }
    }
    return null;
  }

  @Override
  public String toString() {
    return byRange.keySet() + " by " + Arrays.toString(v4) + Arrays.toString(v6);
  }
}

package dev.outrider.proxy.routing;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Chooses between weighted alternatives: the number stands in the interval of one of them.
final class WeightedPick {
  private final long[] ends;
  private final @Nullable HeaderName header;
  private final List<HashPolicy> policies;

  /// @param policies of the route
  WeightedPick(ClusterChoice.Weighted choice, List<HashPolicy> policies) {
    ends = new long[choice.clusters().size()];
    header = choice.randomHeader();
    this.policies = choice.byHash() ? policies : List.of();
    var sum = 0L;
    for (var i = 0; i < ends.length; i++) {
      sum += choice.clusters().get(i).weight();
      ends[i] = sum;
    }
  }

  /// The index of one of them.
  int pick(HeaderMap head, StreamInfo info, long random) {
    var number = header == null ? hashed(head, info, random) : named(head, header, random);
    var value = Long.remainderUnsigned(number, ends[ends.length - 1]);
    var at = 0;
    while (ends[at] <= value) {
      at++;
    }
    return at;
  }

  private long hashed(HeaderMap head, StreamInfo info, long usually) {
    if (policies.isEmpty()) {
      return usually;
    }
    var hash = new RequestHash(false); // the cluster's own makes cookies
    return hash.isKnown(policies, head, info) ? hash.value() : usually;
  }

  /// A number in several lines would not be the same for everyone, so that it does not count.
  private static long named(HeaderMap head, HeaderName header, long usually) {
    var line = head.find(header);
    if (line < 0 || head.find(header, line + 1) >= 0) {
      return usually;
    }
    var from = head.valueOffset(line);
    return DecimalText.unsigned(head.array(), from, from + head.valueLength(line), usually);
  }
}

package dev.outrider.proxy.routing;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.runtime.RuntimeSnapshot;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Chooses between weighted alternatives: the number stands in the interval of one of them.
final class WeightedPick {
  private static final long MOST = 0xFFFFFFFFL; // Envoy's weights are unsigned 32-bit numbers

  private final long[] ends;
  private final @Nullable HeaderName header;
  private final List<HashPolicy> policies;
  private final String[] keys;

  /// @param policies of the route
  WeightedPick(ClusterChoice.Weighted choice, List<HashPolicy> policies) {
    ends = new long[choice.clusters().size()];
    header = choice.randomHeader();
    this.policies = choice.byHash() ? policies : List.of();
    keys = keys(choice);
    var sum = 0L;
    for (var i = 0; i < ends.length; i++) {
      sum += choice.clusters().get(i).weight();
      ends[i] = sum;
    }
  }

  private static String[] keys(ClusterChoice.Weighted choice) {
    var prefix = choice.runtimePrefix();
    return prefix.isEmpty()
        ? new String[0]
        : choice.clusters().stream()
            .map(cluster -> prefix + "." + cluster.name())
            .toArray(String[]::new);
  }

  /// The index of one of them.
  int pick(HeaderMap head, StreamInfo info, long random) {
    var number = header == null ? hashed(head, info, random) : named(head, header, random);
    var picked = keys.length == 0 ? -1 : picked(number, info.runtime());
    if (picked >= 0) {
      return picked;
    }
    var value = Long.remainderUnsigned(number, ends[ends.length - 1]);
    var at = 0;
    while (ends[at] <= value) {
      at++;
    }
    return at;
  }

  /// By the weights of the runtime; -1 if they are all 0, so that those configured count.
  private int picked(long number, RuntimeSnapshot runtime) {
    var sum = 0L;
    for (var i = 0; i < keys.length; i++) {
      sum += weight(i, runtime);
    }
    if (sum <= 0) {
      return -1;
    }
    var value = Long.remainderUnsigned(number, sum);
    var at = 0;
    for (var end = weight(0, runtime); end <= value; end += weight(at, runtime)) {
      at++;
    }
    return at;
  }

  private long weight(int at, RuntimeSnapshot runtime) {
    var configured = ends[at] - (at == 0 ? 0 : ends[at - 1]);
    return Math.min(runtime.integer(keys[at], configured), MOST);
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

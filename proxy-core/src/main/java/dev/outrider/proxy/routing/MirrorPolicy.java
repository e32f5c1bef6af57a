package dev.outrider.proxy.routing;

import dev.outrider.proxy.attributes.HeaderEdit;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.runtime.KeyedShare;
import dev.outrider.proxy.runtime.RuntimeSnapshot;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Some requests are sent to another cluster as well, whose answers nobody sees (Envoy
/// route.v3.RouteAction.RequestMirrorPolicy).
///
/// @param cluster empty = the one that the request names
/// @param clusterHeader by which it does; null = it is not asked
/// @param share which part of the requests
/// @param marksHost its name gets `-shadow` behind it
/// @param host in place of the name; empty = that of the request
/// @param edits of the head
public record MirrorPolicy(
    String cluster,
    @Nullable HeaderName clusterHeader,
    KeyedShare share,
    boolean marksHost,
    String host,
    List<HeaderEdit> edits) {
  public MirrorPolicy {
    edits = List.copyOf(edits);
  }

  /// All requests go to that cluster too.
  public static MirrorPolicy to(String cluster) {
    return new MirrorPolicy(cluster, null, KeyedShare.ALL, true, "", List.of());
  }

  /// Whether one request is among them.
  public boolean takes(RuntimeSnapshot runtime, RandomGenerator random) {
    return share.equals(KeyedShare.ALL) || share.takes(runtime, random.nextLong(Long.MAX_VALUE));
  }

  /// Where it goes; null if the request does not say it.
  public @Nullable String clusterFor(HeaderMap head) {
    if (!cluster.isEmpty()) {
      return cluster;
    }
    var named = clusterHeader == null ? null : head.get(clusterHeader);
    return named == null || named.isEmpty() ? null : named;
  }
}

package dev.outrider.proxy.cluster;

import dev.outrider.proxy.http.HeaderName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where the endpoints of a cluster come from.
public sealed interface Discovery {

  /// Whether it also says which endpoint a request goes to, in place of a policy.
  default boolean choosesItself() {
    return false;
  }

  /// Whether endpoints have names, which are resolved on the main loop.
  default boolean hasNames() {
    return false;
  }

  /// They stand in the cluster itself.
  record Static(Assignment assignment) implements Discovery {}

  /// They come over EDS.
  ///
  /// @param serviceName the name to ask for: `service_name`, or the cluster's own name where that
  ///   is empty
  record Eds(String serviceName) implements Discovery {}

  /// They are the addresses of names.
  ///
  /// @param names endpoints with names in place of addresses
  record Dns(Assignment names, DnsOptions options) implements Discovery {

    @Override
    public boolean hasNames() {
      return true;
    }
  }

  /// They are those of other clusters, one cluster after the other.
  record Aggregate(List<String> clusters) implements Discovery {

    public Aggregate {
      clusters = List.copyOf(clusters);
    }

    @Override
    public boolean choosesItself() {
      return true;
    }
  }

  /// They are where clients wanted to go before they were redirected here.
  ///
  /// @param header of a request, which may say otherwise; null = none may
  /// @param port in place of the one that was meant; 0 = that one
  /// @param cleanupMillis how often endpoints are looked for that are not used any more
  record OriginalDst(@Nullable HeaderName header, int port, long cleanupMillis)
      implements Discovery {

    @Override
    public boolean choosesItself() {
      return true;
    }
  }

  /// They are what requests name, found in a cache of the addresses of names, by the name in the
  /// request's authority.
  record DynamicForward(DnsCacheSpec cache) implements Discovery {

    @Override
    public boolean choosesItself() {
      return true;
    }

    @Override
    public boolean hasNames() {
      return true;
    }
  }
}

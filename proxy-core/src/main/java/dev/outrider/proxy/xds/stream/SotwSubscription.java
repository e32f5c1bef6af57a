package dev.outrider.proxy.xds.stream;

import dev.outrider.proxy.loop.Loop;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a [SotwAdsClient] knows about one type of resource: names asked for, version accepted,
/// nonce to answer with. Main loop only.
final class SotwSubscription extends TypeSubscription<DiscoveryResponse> {
  private final Set<String> names = new LinkedHashSet<>();

  /// Last version accepted as a whole; survives streams.
  String version = "";

  /// Of the last response of this stream; empty on a new one.
  String nonce = "";

  /// Why the last response was refused; told once.
  @Nullable String error;

  SotwSubscription(String typeUrl, boolean wildcard, Loop loop, Due due) {
    super(typeUrl, wildcard, loop, due);
  }

  @Override
  void onExpired(Set<String> gone) {}

  /// True if the names are others than before.
  boolean want(Set<String> added, Set<String> removed) {
    lifetimes.forget(removed);
    var fewer = names.removeAll(removed);
    return names.addAll(added) || fewer;
  }

  /// Begins to want all there are, or no longer does: then what comes all the same is refused.
  void wantAll(boolean all) {
    wildcard = all;
    version = ""; // nothing is kept of what came before
    lifetimes.retain(names);
  }

  @Override
  boolean wanted() {
    return wildcard || !names.isEmpty();
  }

  @Override
  void startStream() {
    super.startStream();
    nonce = "";
    error = null;
  }

  void accept(String acceptedVersion) {
    version = acceptedVersion;
    error = null;
    refusals.clear();
  }

  /// The request that says all of this.
  DiscoveryRequest.Builder request() {
    var request =
        DiscoveryRequest.newBuilder()
            .setTypeUrl(typeUrl)
            .setVersionInfo(version)
            .setResponseNonce(nonce)
            .addAllResourceNames(names);
    var text = error;
    if (text != null) {
      request.setErrorDetail(NackBackOff.status(text));
    }
    return request;
  }
}

package dev.outrider.proxy.xds.stream;

import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.xds.resource.CollectionName;
import dev.outrider.proxy.xds.resource.ResponseHandler;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a [DeltaAdsClient] knows about one type of resource: what is wanted, what of it is held in
/// which version, and what the control plane was not told yet. A type is asked for by name or as a
/// whole; both only if names are asked for besides, of a whole that may not have them (virtual
/// hosts). Main loop only.
final class DeltaSubscription extends TypeSubscription<DeltaDiscoveryResponse> {
  /// What is to be said to the responses of this stream.
  final ArrayDeque<Answer> answers = new ArrayDeque<>();

  private static final String ALL = "*";

  private final Set<String> names = new HashSet<>();
  private final Map<String, String> versions = new HashMap<>();
  private final Set<String> added = new LinkedHashSet<>();
  private final Set<String> removed = new LinkedHashSet<>();
  private boolean firstOfStream;
  private boolean tellsVersions;

  /// What is said to one response.
  ///
  /// @param error why it is refused; null = accepted
  record Answer(String nonce, @Nullable String error) {}

  DeltaSubscription(String typeUrl, boolean wildcard, Loop loop, Due due) {
    super(typeUrl, wildcard, loop, due);
    this.firstOfStream = true;
  }

  /// Begins to want all there are, or no longer does.
  void wantAll(boolean all) {
    wildcard = all;
    versions.clear();
    lifetimes.retain(Set.of());
    added.remove(ALL);
    removed.remove(ALL);
    if (!firstOfStream) { // else the first request says it, by naming none
      (all ? added : removed).add(ALL);
    }
  }

  @Override
  boolean wanted() {
    return wildcard || !names.isEmpty();
  }

  @Override
  void onExpired(Set<String> gone) {
    gone.forEach(versions::remove);
  }

  /// True if the control plane has to hear of it. What was wanted before and is wanted again is
  /// asked for anew, since the control plane has to send it anew.
  boolean want(Set<String> more, Set<String> less) {
    lifetimes.forget(less);
    for (var name : less) {
      if (names.remove(name)) {
        versions.remove(name);
        if (CollectionName.isLocator(name)) { // else that would cost a look at all for each
          versions.keySet().removeIf(member -> CollectionName.of(member).equals(name));
        }
        added.remove(name);
        if (!firstOfStream) { // else the control plane never heard of it
          removed.add(name);
        }
      }
    }
    for (var name : more) {
      if (names.add(name)) {
        removed.remove(name);
        added.add(name);
      }
    }
    return hasNews();
  }

  /// Whether there is something to say that answers nothing.
  boolean hasNews() {
    return (firstOfStream && wanted()) || !added.isEmpty() || !removed.isEmpty();
  }

  @Override
  void startStream() {
    super.startStream();
    firstOfStream = true;
    answers.clear();
    added.clear();
    removed.clear();
  }

  /// Whether the server of the stream that starts gave the versions that are held.
  void tellsVersions(boolean known) {
    tellsVersions = known;
  }

  /// They are those of another server than the one that answers now.
  void forgetVersions() {
    versions.clear();
  }

  void accept(DeltaDiscoveryResponse response) {
    refusals.clear();
    for (var resource : response.getResourcesList()) {
      if (asks(resource.getName())) {
        versions.put(resource.getName(), resource.getVersion());
      }
    }
    response.getRemovedResourcesList().forEach(versions::remove);
  }

  private boolean asks(String name) {
    return wildcard || names.contains(name) || names.contains(CollectionName.of(name));
  }

  /// What is held of these nobody knows exactly: the next stream asks for them anew.
  void forget(DeltaDiscoveryResponse response) {
    response.getResourcesList().forEach(resource -> versions.remove(resource.getName()));
    response.getRemovedResourcesList().forEach(versions::remove);
  }

  DeltaDiscoveryRequest.Builder request(Answer answer) {
    var request = request().setResponseNonce(answer.nonce());
    if (answer.error() != null) {
      request.setErrorDetail(NackBackOff.status(answer.error()));
    }
    return request;
  }

  /// The request that says what the control plane was not told yet.
  DeltaDiscoveryRequest.Builder request() {
    var request = DeltaDiscoveryRequest.newBuilder().setTypeUrl(typeUrl);
    if (firstOfStream) {
      firstOfStream = false;
      if (wildcard && !names.isEmpty()) { // which alone would mean nothing else
        request.addResourceNamesSubscribe(ALL);
      }
      request.addAllResourceNamesSubscribe(names);
      if (tellsVersions) {
        request.putAllInitialResourceVersions(versions);
      }
    } else {
      request.addAllResourceNamesSubscribe(added).addAllResourceNamesUnsubscribe(removed);
    }
    added.clear();
    removed.clear();
    return request;
  }

  /// Why a response cannot be used at all; null if it can.
  static @Nullable String problem(DeltaDiscoveryResponse response) {
    var seen = new HashSet<String>();
    for (var resource : response.getResourcesList()) {
      if (!seen.add(resource.getName())) {
        return "duplicate name " + resource.getName() + " found among added/updated resources";
      }
      if (resource.hasTtl()) {
        var problem = Lifetimes.problem(resource.getName(), resource.getTtl());
        if (problem != null) {
          return problem;
        }
      }
    }
    for (var name : response.getRemovedResourcesList()) {
      if (!seen.add(name)) {
        return "duplicate name " + name + " found in the union of added+removed resources";
      }
    }
    return null;
  }

  /// What a response says. A resource without a body says only that its version holds.
  ResponseHandler.Response news(DeltaDiscoveryResponse response) {
    var resources =
        response.getResourcesList().stream()
            .map(
                each ->
                    new ResponseHandler.Packed(
                        each.getName(),
                        each.getVersion(),
                        isBeat(each) || standsForNothing(each) ? null : each.getResource(),
                        each.getAliasesList()))
            .toList();
    return new ResponseHandler.Response(
        typeUrl,
        response.getSystemVersionInfo(),
        resources,
        Set.copyOf(response.getRemovedResourcesList()));
  }

  private boolean isBeat(Resource resource) {
    return !resource.hasResource()
        && resource.getVersion().equals(versions.get(resource.getName()));
  }

  private static boolean standsForNothing(Resource resource) {
    return !resource.hasResource() && resource.getAliasesCount() > 0;
  }

  /// Notes how long what came holds.
  void tellLifetimes(DeltaDiscoveryResponse response) {
    for (var resource : response.getResourcesList()) {
      lifetimes.start(resource.getName(), resource.hasTtl() ? resource.getTtl() : null);
    }
    lifetimes.forget(response.getRemovedResourcesList());
  }
}

package dev.outrider.proxy.conversation;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Only what changes.
final class DeltaTalk implements Talk {
  private final Map<ResourceKind, Asked> asked = new EnumMap<>(ResourceKind.class);

  private static final class Asked {
    private final Set<String> names = new HashSet<>();
    private final Map<String, String> held = new HashMap<>();
    private final Set<String> unanswered = new HashSet<>();
    private boolean fresh = true;

    boolean wants(ResourceKind kind, String name) {
      return kind.fullState() || names.contains(name);
    }
  }

  @Override
  public Heard hear(byte[] bytes) throws InvalidProtocolBufferException {
    var request = DeltaDiscoveryRequest.parseFrom(bytes);
    var kind = ResourceKind.of(request.getTypeUrl());
    var line =
        new Line(kind)
            .names("subscribe", request.getResourceNamesSubscribeList())
            .names("unsubscribe", request.getResourceNamesUnsubscribeList())
            .names(
                "held",
                new TreeMap<>(request.getInitialResourceVersionsMap())
                    .entrySet().stream().map(Map.Entry::toString).toList())
            .text("nonce", request.getResponseNonce())
            .error(request.hasErrorDetail(), request.getErrorDetail().getCode())
            .node(request.hasNode(), request.getNode())
            .toString();
    var first = !asked.containsKey(kind);
    var now = asked.computeIfAbsent(kind, _ -> new Asked());
    now.held.putAll(request.getInitialResourceVersionsMap());
    for (var name : request.getResourceNamesSubscribeList()) {
      now.names.add(name);
      if (!first) {
        now.held.remove(name); // it is to be sent, whatever the proxy had before
      }
    }
    for (var name : request.getResourceNamesUnsubscribeList()) {
      now.names.remove(name);
      now.held.remove(name);
    }
    var asks = first || request.getResourceNamesSubscribeCount() > 0;
    var answers = now.unanswered.remove(request.getResponseNonce());
    return new Heard(kind, line, answers ? request.getResponseNonce() : "", asks);
  }

  @Override
  public boolean follows(ResourceKind kind) {
    var watch = asked.get(kind);
    return watch != null && (kind.fullState() || !watch.names.isEmpty());
  }

  @Override
  public byte @Nullable [] say(ResourceKind kind, World world, String nonce) {
    var watch = asked.get(kind);
    if (watch == null) {
      return null;
    }
    var response =
        DeltaDiscoveryResponse.newBuilder()
            .setTypeUrl(kind.typeUrl())
            .setSystemVersionInfo(world.version(kind))
            .setNonce(nonce);
    world
        .of(kind)
        .forEach(
            (name, there) -> {
              if (watch.wants(kind, name) && !there.version().equals(watch.held.get(name))) {
                watch.held.put(name, there.version());
                response.addResources(
                    Resource.newBuilder()
                        .setName(name)
                        .setVersion(there.version())
                        .setResource(there.resource()));
              }
            });
    for (var name : List.copyOf(watch.held.keySet())) {
      if (!world.of(kind).containsKey(name)) {
        watch.held.remove(name);
        response.addRemovedResources(name);
      }
    }
    var hello = watch.fresh && kind.fullState(); // an empty world is an answer too
    watch.fresh = false;
    if (response.getResourcesCount() + response.getRemovedResourcesCount() == 0 && !hello) {
      return null;
    }
    watch.unanswered.add(nonce);
    return response.build().toByteArray();
  }
}

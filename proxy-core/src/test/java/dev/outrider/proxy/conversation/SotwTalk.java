package dev.outrider.proxy.conversation;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// State of the world.
final class SotwTalk implements Talk {
  private final Map<ResourceKind, Asked> asked = new EnumMap<>(ResourceKind.class);

  private static final class Asked {
    private Set<String> names = Set.of();
    private String nonce = "";
    private boolean answered = true;
  }

  @Override
  public Heard hear(byte[] bytes) throws InvalidProtocolBufferException {
    var request = DiscoveryRequest.parseFrom(bytes);
    var kind = ResourceKind.of(request.getTypeUrl());
    var names = Set.copyOf(request.getResourceNamesList());
    var line =
        new Line(kind)
            .names("names", names)
            .text("version", request.getVersionInfo())
            .text("nonce", request.getResponseNonce())
            .error(request.hasErrorDetail(), request.getErrorDetail().getCode())
            .node(request.hasNode(), request.getNode())
            .toString();
    var before = asked.get(kind);
    var now = asked.computeIfAbsent(kind, _ -> new Asked());
    var answers = !now.answered && request.getResponseNonce().equals(now.nonce);
    var asks = before == null || !now.names.containsAll(names);
    if (!kind.fullState()) {
      // The same once more, and no answer: the proxy wants it again. No names: it wants nothing.
      asks = !names.isEmpty() && (asks || (!answers && now.names.equals(names)));
    }
    now.names = names;
    now.answered |= answers;
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
    watch.nonce = nonce;
    watch.answered = false;
    var response =
        DiscoveryResponse.newBuilder()
            .setTypeUrl(kind.typeUrl())
            .setVersionInfo(world.version(kind))
            .setNonce(nonce);
    world
        .of(kind)
        .forEach(
            (name, held) -> {
              if (kind.fullState() || watch.names.contains(name)) {
                response.addResources(held.resource());
              }
            });
    return response.build().toByteArray();
  }
}

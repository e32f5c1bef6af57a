package dev.outrider.proxy.xds;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.config.DynamicSources.BackOff;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timer;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The conversation with a control plane over one aggregated stream, state of the world. Main loop
/// only.
///
/// What is known survives the stream: on the next one every type is asked for again with the
/// version last accepted and without a nonce. Nothing here knows what a resource means;
/// [ResponseHandler] does.
public final class AdsClient {
  private static final Logger LOG = LoggerFactory.getLogger("config");

  /// What a client is made from.
  ///
  /// @param node first message of a stream, or every message
  /// @param random for the jitter of the back-off
  public record Spec(
      Loop loop,
      AdsTransport transport,
      Node node,
      boolean nodeOnFirstMessageOnly,
      BackOff backOff,
      RandomGenerator random,
      ControlPlaneStats stats,
      ResponseHandler handler) {}

  private final Spec spec;
  private final Map<String, TypeState> types = new LinkedHashMap<>();
  private final Set<String> heldBack = new HashSet<>();
  private final ArrayDeque<TypeState> queue = new ArrayDeque<>();
  private final Timer reconnect;
  private AdsTransport.@Nullable Call call;
  private int streams;
  private boolean nodeSent;
  private boolean heard;
  private long nextBackOffMillis;

  public AdsClient(Spec spec) {
    this.spec = spec;
    this.reconnect = spec.loop().timers().newTimer(this::open);
    this.nextBackOffMillis = spec.backOff().baseMillis();
  }

  /// Opens the first stream.
  public void start() {
    spec.loop().assertOnLoop();
    open();
  }

  /// Ends the conversation for good.
  public void close() {
    spec.loop().assertOnLoop();
    reconnect.cancel();
    types.values().forEach(type -> type.nackDelay.cancel());
    var open = call;
    call = null;
    if (open != null) {
      open.cancel();
    }
  }

  /// Asks for every resource of a type, now and on every later stream.
  public void subscribeToAll(String typeUrl) {
    spec.loop().assertOnLoop();
    if (!types.containsKey(typeUrl)) {
      offer(add(typeUrl, true));
    }
  }

  /// Asks for these resources of a type instead of those asked for before.
  ///
  /// @param again ask even if the names are the same: somebody needs a fresh answer
  public void subscribe(String typeUrl, Set<String> names, boolean again) {
    spec.loop().assertOnLoop();
    var type = types.get(typeUrl);
    if (type == null) {
      if (names.isEmpty()) {
        return;
      }
      type = add(typeUrl, false);
    } else if (!again && type.names.equals(names)) {
      return;
    }
    type.names = Set.copyOf(names);
    offer(type);
  }

  /// Holds back requests of a type, its acknowledgements included, or lets them go. A refusal is
  /// not held back: the control plane should learn of it even while something else is warming; nor
  /// is the first request of a stream.
  public void holdBack(String typeUrl, boolean hold) {
    spec.loop().assertOnLoop();
    if (hold) {
      heldBack.add(typeUrl);
    } else if (heldBack.remove(typeUrl)) {
      drain();
    }
  }

  private TypeState add(String typeUrl, boolean wildcard) {
    var type = new TypeState(typeUrl, wildcard, spec.loop().timers(), this::sendDelayedNack);
    types.put(typeUrl, type);
    return type;
  }

  private void open() {
    streams++;
    nodeSent = false;
    heard = false;
    queue.clear();
    for (var type : types.values()) {
      type.startStream();
    }
    call = spec.transport().open(new Stream(streams));
    for (var type : types.values()) {
      // A named type without names must stay silent: no names would mean all of them.
      if (type.wildcard || !type.names.isEmpty()) {
        send(type);
      }
    }
  }

  private void offer(TypeState type) {
    if (!queue.contains(type)) {
      queue.add(type);
    }
    drain();
  }

  private void drain() {
    if (call == null) {
      return;
    }
    for (var type : List.copyOf(queue)) {
      if (!heldBack.contains(type.typeUrl) && type.answering == null && !type.nackDelay.armed()) {
        send(type);
      }
    }
  }

  private void send(TypeState type) {
    var open = call;
    if (open == null) {
      return;
    }
    queue.remove(type);
    var request = type.request();
    if (!nodeSent || !spec.nodeOnFirstMessageOnly()) {
      request.setNode(spec.node());
      nodeSent = true;
    }
    type.error = null;
    open.send(request.build().toByteArray());
  }

  private void onMessage(byte[] bytes) {
    if (!heard) {
      heard = true;
      nextBackOffMillis = spec.backOff().baseMillis();
    }
    DiscoveryResponse response;
    try {
      response = DiscoveryResponse.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      LOG.warn(
          "the control plane sent something that is not a DiscoveryResponse: {}", e.getMessage());
      return;
    }
    spec.stats().identifier(response.getControlPlane().getIdentifier());
    var type = types.get(response.getTypeUrl());
    if (type == null) {
      LOG.warn("ignored a response of type {}, which was not asked for", response.getTypeUrl());
      return;
    }
    type.inbox.add(response);
    answerNext(type);
  }

  private void answerNext(TypeState type) {
    while (type.answering == null) {
      var response = type.inbox.poll();
      if (response == null) {
        return;
      }
      if (type.wildcard || !type.names.isEmpty()) {
        answer(type, response);
      } else {
        answerUnwanted(type, response);
      }
    }
  }

  private void answer(TypeState type, DiscoveryResponse response) {
    type.answering = response;
    var stream = streams;
    spec.handler()
        .onResponse(
            new ResponseHandler.Response(
                type.typeUrl, response.getVersionInfo(), response.getResourcesList()),
            verdict -> {
              spec.loop().assertOnLoop();
              type.answering = null;
              conclude(type, response, verdict, stream == streams);
              answerNext(type);
            });
  }

  /// Nobody wants the type any more: resources in it are refused by keeping the version.
  private void answerUnwanted(TypeState type, DiscoveryResponse response) {
    type.nonce = response.getNonce();
    if (response.getResourcesCount() == 0) {
      type.version = response.getVersionInfo();
    } else {
      offer(type);
    }
  }

  private void conclude(
      TypeState type,
      DiscoveryResponse response,
      ResponseHandler.Verdict verdict,
      boolean sameStream) {
    if (sameStream) {
      type.nonce = response.getNonce();
    }
    switch (verdict) {
      case ResponseHandler.Verdict.Accepted _ -> {
        type.accept(response.getVersionInfo());
        if (sameStream) {
          offer(type);
        }
      }
      case ResponseHandler.Verdict.Refused(var text) -> {
        LOG.warn("configuration of type {} refused: {}", type.typeUrl, TypeState.cut(text).strip());
        if (sameStream) {
          refuse(type, response.getVersionInfo(), text);
        }
      }
    }
  }

  /// A control plane that sends the same refused answer again at once would otherwise keep both
  /// sides busy.
  private void refuse(TypeState type, String version, String text) {
    var delayMillis = type.refuse(version, text, spec.backOff());
    if (delayMillis == 0) {
      send(type);
    } else {
      queue.remove(type);
      type.nackDelay.arm(delayMillis);
    }
  }

  private void sendDelayedNack(TypeState type) {
    if (type.error != null) {
      send(type);
    }
  }

  private void onEnd(AdsTransport.End end) {
    call = null;
    spec.stats().connected(false);
    spec.handler().onDisconnect();
    var bound = nextBackOffMillis;
    nextBackOffMillis = Math.min(bound * 2, spec.backOff().maxMillis());
    var delayMillis = spec.random().nextLong(bound);
    LOG.warn(
        "the configuration stream closed: {}, {}; next attempt in {} ms",
        end.code(),
        end.message(),
        delayMillis);
    reconnect.arm(delayMillis);
  }

  /// What the transport says about one stream; a late word about an earlier one is not heard.
  private final class Stream implements AdsTransport.Receiver {
    private final int number;

    Stream(int number) {
      this.number = number;
    }

    @Override
    public void onReady() {
      if (number == streams) {
        spec.stats().connected(true);
      }
    }

    @Override
    public void onMessage(byte[] response) {
      if (number == streams) {
        AdsClient.this.onMessage(response);
      }
    }

    @Override
    public void onEnd(AdsTransport.End end) {
      if (number == streams && call != null) {
        AdsClient.this.onEnd(end);
      }
    }
  }
}

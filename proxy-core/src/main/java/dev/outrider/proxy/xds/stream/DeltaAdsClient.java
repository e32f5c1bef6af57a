package dev.outrider.proxy.xds.stream;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.config.DiscoveryService;
import dev.outrider.proxy.xds.resource.ResponseHandler;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Incremental: requests and responses say what changed. On a new stream every type is asked for
/// with the version of each resource that is held, unless the stream goes to another server than
/// the one that all of it came from. Main loop only.
final class DeltaAdsClient implements AdsClient, AdsStreams.Conversation {
  private static final Logger LOG = LoggerFactory.getLogger("config");

  private final DiscoveryService service;
  private final Spec spec;
  private final AdsStreams streams;
  private final TypeQueue<DeltaSubscription> types;
  private int source; // of the versions that are held; 0 = nobody

  DeltaAdsClient(DiscoveryService service, Spec spec) {
    this.service = service;
    this.spec = spec;
    this.streams = new AdsStreams(service, spec, this);
    this.types = new TypeQueue<>(streams, this::sendAll);
  }

  @Override
  public void start() {
    streams.open();
  }

  @Override
  public void close() {
    spec.loop().assertOnLoop();
    types.close();
    streams.close();
  }

  @Override
  public boolean keepsCurrent() {
    return true;
  }

  @Override
  public void subscribeToAll(String typeUrl) {
    spec.loop().assertOnLoop();
    var type = types.get(typeUrl);
    if (type == null) {
      types.offer(add(typeUrl, true));
    } else if (!type.wildcard) {
      type.wantAll(true);
      types.offer(type);
    }
  }

  @Override
  public void unsubscribeFromAll(String typeUrl) {
    spec.loop().assertOnLoop();
    var type = types.get(typeUrl);
    if (type != null && type.wildcard) {
      type.wantAll(false);
      types.offer(type);
    }
  }

  @Override
  public void subscribe(String typeUrl, Set<String> added, Set<String> removed, boolean again) {
    spec.loop().assertOnLoop();
    var type = types.get(typeUrl);
    if (type == null) {
      if (added.isEmpty()) {
        return;
      }
      type = add(typeUrl, false);
    }
    if (type.want(added, removed)) {
      types.offer(type);
    }
  }

  @Override
  public void holdBack(String typeUrl, boolean hold) {
    spec.loop().assertOnLoop();
    types.holdBack(typeUrl, hold);
  }

  private DeltaSubscription add(String typeUrl, boolean wildcard) {
    var type = new DeltaSubscription(typeUrl, wildcard, spec.loop(), new Due());
    types.add(type);
    return type;
  }

  @Override
  public void onOpen() {
    types.startStream();
    for (var type : types.all()) {
      type.tellsVersions(source == streams.entry());
      if (type.wanted()) {
        sendAll(type);
      }
    }
  }

  /// Everything that the control plane should know of a type: answers first, in the order of what
  /// they answer, changes of what is wanted with the first of them.
  private void sendAll(DeltaSubscription type) {
    if (!streams.isOpen()) {
      return;
    }
    types.drop(type);
    var answer = type.answers.poll();
    if (answer == null && type.hasNews()) {
      send(type.request());
    }
    while (answer != null) {
      send(type.request(answer));
      answer = type.answers.poll();
    }
  }

  private void send(DeltaDiscoveryRequest.Builder request) {
    var node = streams.takeNode();
    if (node != null) {
      request.setNode(node);
    }
    streams.send(request.build().toByteArray());
  }

  @Override
  public void onMessage(byte[] bytes) throws InvalidProtocolBufferException {
    var response = DeltaDiscoveryResponse.parseFrom(bytes);
    spec.stats().identifier(response.getControlPlane().getIdentifier());
    if (source != streams.entry()) {
      source = streams.entry();
      types.all().forEach(DeltaSubscription::forgetVersions);
    }
    var type = types.get(response.getTypeUrl());
    if (type == null) {
      LOG.warn("ignored a response of type {}, which was not asked for", response.getTypeUrl());
      return;
    }
    type.receive(response);
    answerNext(type);
  }

  private void answerNext(DeltaSubscription type) {
    for (var response = type.next(); response != null; response = type.next()) {
      answer(type, response);
    }
  }

  private void answer(DeltaSubscription type, DeltaDiscoveryResponse response) {
    var stream = streams.number();
    var from = streams.entry();
    var unusable = DeltaSubscription.problem(response);
    if (unusable != null) {
      type.judged(response);
      refuse(type, response, unusable);
      return;
    }
    type.tellLifetimes(response); // what is held does not end while this is judged
    type.judge(
        spec.handler(),
        type.news(response),
        verdict -> {
          spec.loop().assertOnLoop();
          if (type.judged(response)) {
            type.tellLifetimes(response);
            conclude(type, response, verdict, stream == streams.number());
            if (from != streams.entry()) {
              type.forget(response); // its versions mean nothing to the server that is asked now
            }
            answerNext(type);
          }
        });
  }

  private void conclude(
      DeltaSubscription type,
      DeltaDiscoveryResponse response,
      ResponseHandler.Verdict verdict,
      boolean sameStream) {
    switch (verdict) {
      case ResponseHandler.Verdict.Accepted _ -> {
        type.accept(response);
        if (sameStream) {
          type.answers.add(new DeltaSubscription.Answer(response.getNonce(), null));
          types.offer(type);
        }
      }
      case ResponseHandler.Verdict.Refused(var text) -> {
        type.forget(response); // some of it may hold now
        if (sameStream) {
          refuse(type, response, text);
        } else {
          NackBackOff.log(type.typeUrl, text);
        }
      }
    }
  }

  private void refuse(DeltaSubscription type, DeltaDiscoveryResponse response, String text) {
    NackBackOff.log(type.typeUrl, text);
    type.answers.add(new DeltaSubscription.Answer(response.getNonce(), text));
    if (type.refusals.tellNow(response.getSystemVersionInfo(), text, service.server().backOff())) {
      sendAll(type);
    } else {
      types.drop(type);
    }
  }

  private final class Due implements TypeSubscription.Due {

    @Override
    public void nack(String typeUrl) {
      var type = types.get(typeUrl);
      if (type != null) {
        sendAll(type);
      }
    }

    @Override
    public void expired(String typeUrl, Set<String> names) {
      spec.handler().onExpired(typeUrl, names);
    }
  }
}

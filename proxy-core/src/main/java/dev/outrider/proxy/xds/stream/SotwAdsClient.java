package dev.outrider.proxy.xds.stream;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.config.DiscoveryService;
import dev.outrider.proxy.xds.resource.ResponseHandler;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// State of the world: every request names all that is wanted of a type, every response says all
/// there is of it. On a new stream every type is asked for with the version last accepted. Main
/// loop only.
final class SotwAdsClient implements AdsClient, AdsStreams.Conversation {
  private static final Logger LOG = LoggerFactory.getLogger("config");

  private final DiscoveryService service;
  private final Spec spec;
  private final AdsStreams streams;
  private final TypeQueue<SotwSubscription> types;

  SotwAdsClient(DiscoveryService service, Spec spec) {
    this.service = service;
    this.spec = spec;
    this.streams = new AdsStreams(service, spec, this);
    this.types = new TypeQueue<>(streams, this::send);
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
    return false;
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
      types.drop(type); // there are no words for it
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
    if (type.want(added, removed) || again) {
      types.offer(type);
    }
  }

  @Override
  public void holdBack(String typeUrl, boolean hold) {
    spec.loop().assertOnLoop();
    types.holdBack(typeUrl, hold);
  }

  private SotwSubscription add(String typeUrl, boolean wildcard) {
    var type = new SotwSubscription(typeUrl, wildcard, spec.loop(), new Due());
    types.add(type);
    return type;
  }

  @Override
  public void onOpen() {
    types.startStream();
    for (var type : types.all()) {
      // A named type without names must stay silent: no names would mean all of them.
      if (type.wanted()) {
        send(type);
      }
    }
  }

  private void send(SotwSubscription type) {
    if (!streams.isOpen()) {
      return;
    }
    types.drop(type);
    var request = type.request();
    var node = streams.takeNode();
    if (node != null) {
      request.setNode(node);
    }
    type.error = null;
    streams.send(request.build().toByteArray());
  }

  @Override
  public void onMessage(byte[] bytes) throws InvalidProtocolBufferException {
    var response = DiscoveryResponse.parseFrom(bytes);
    spec.stats().identifier(response.getControlPlane().getIdentifier());
    var type = types.get(response.getTypeUrl());
    if (type == null) {
      LOG.warn("ignored a response of type {}, which was not asked for", response.getTypeUrl());
      return;
    }
    type.receive(response);
    answerNext(type);
  }

  private void answerNext(SotwSubscription type) {
    for (var response = type.next(); response != null; response = type.next()) {
      if (type.wanted()) {
        answer(type, response);
      } else {
        answerUnwanted(type, response);
      }
    }
  }

  private void answer(SotwSubscription type, DiscoveryResponse response) {
    SotwNews news;
    try {
      news = SotwNews.of(response, type.version);
    } catch (InvalidProtocolBufferException e) {
      type.judged(response);
      type.nonce = response.getNonce();
      refuse(type, response.getVersionInfo(), String.valueOf(e.getMessage()));
      return;
    }
    var stream = streams.number();
    news.tell(type.lifetimes, type.wildcard); // what is held does not end while this is judged
    type.judge(
        spec.handler(),
        news.response(),
        verdict -> {
          spec.loop().assertOnLoop();
          if (type.judged(response)) {
            news.tell(type.lifetimes, type.wildcard);
            conclude(type, response, verdict, stream == streams.number());
            answerNext(type);
          }
        });
  }

  /// Nobody wants the type any more: resources in it are refused by keeping the version.
  private void answerUnwanted(SotwSubscription type, DiscoveryResponse response) {
    type.judged(response);
    type.nonce = response.getNonce();
    if (response.getResourcesCount() == 0) {
      type.version = response.getVersionInfo();
    } else {
      types.offer(type);
    }
  }

  private void conclude(
      SotwSubscription type,
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
          types.offer(type);
        }
      }
      case ResponseHandler.Verdict.Refused(var text) -> {
        if (sameStream) {
          refuse(type, response.getVersionInfo(), text);
        } else {
          NackBackOff.log(type.typeUrl, text);
        }
      }
    }
  }

  private void refuse(SotwSubscription type, String version, String text) {
    NackBackOff.log(type.typeUrl, text);
    type.error = text;
    if (type.refusals.tellNow(version, text, service.server().backOff())) {
      send(type);
    } else {
      types.drop(type);
    }
  }

  private final class Due implements TypeSubscription.Due {

    @Override
    public void nack(String typeUrl) {
      var type = types.get(typeUrl);
      if (type != null && type.error != null) {
        send(type);
      }
    }

    @Override
    public void expired(String typeUrl, Set<String> names) {
      spec.handler().onExpired(typeUrl, names);
    }
  }
}

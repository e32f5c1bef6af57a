package dev.outrider.proxy.xds.stream;

import dev.outrider.proxy.config.DiscoveryService;
import dev.outrider.proxy.config.RestService;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.xds.resource.IntakeSpec;
import dev.outrider.proxy.xds.resource.ResponseHandler;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.util.Set;
import java.util.random.RandomGenerator;

/// The conversation with a control plane over one aggregated stream. Main loop only.
///
/// What is known survives the stream: on the next one every type is asked for again, without a
/// nonce. Nothing here knows what a resource means; [ResponseHandler] does.
public sealed interface AdsClient permits SotwAdsClient, DeltaAdsClient, RestClient {

  /// What a client is made from.
  ///
  /// @param node who asks
  /// @param random for the jitter of the back-off
  record Spec(
      Loop loop,
      AdsTransport transport,
      Node node,
      RandomGenerator random,
      ControlPlaneStats stats,
      ResponseHandler handler) {}

  static AdsClient of(DiscoveryService service, Spec spec) {
    return switch (service.protocol()) {
      case STATE_OF_THE_WORLD -> new SotwAdsClient(service, spec);
      case DELTA -> new DeltaAdsClient(service, spec);
    };
  }

  /// One that asks by plain HTTP for resources of one type.
  ///
  /// @param service which says where
  /// @param intake how answers are read
  static AdsClient of(
      RestService rest,
      AdsTransport.Service service,
      Spec spec,
      RestCalls calls,
      IntakeSpec intake) {
    return new RestClient(
        rest,
        service.path(),
        new RestClient.Spec(
            spec.loop(),
            calls,
            spec.node(),
            spec.random(),
            spec.handler(),
            intake.reader(),
            intake.background()));
  }

  /// Opens the first stream.
  void start();

  /// Ends the conversation for good.
  void close();

  /// Asks for every resource of a type, now and on every later stream.
  void subscribeToAll(String typeUrl);

  /// No longer asks for every resource of a type.
  void unsubscribeFromAll(String typeUrl);

  /// Asks for more resources of a type, and no longer for others.
  ///
  /// @param again ask even if no name is new: somebody needs a fresh answer. Of no consequence
  ///   where [#keepsCurrent]
  void subscribe(String typeUrl, Set<String> added, Set<String> removed, boolean again);

  /// Holds back requests of a type, its acknowledgements included, or lets them go. A refusal is
  /// not held back: the control plane should learn of it even while something else is warming; nor
  /// is the first request of a stream.
  void holdBack(String typeUrl, boolean hold);

  /// Whether the control plane sends whatever changes of what was asked for, so that what is held
  /// is current and nobody has to wait for an answer that says the same.
  boolean keepsCurrent();
}

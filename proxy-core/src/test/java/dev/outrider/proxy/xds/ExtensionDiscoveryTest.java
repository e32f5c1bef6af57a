package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import com.google.protobuf.StringValue;
import dev.outrider.proxy.filter.DiscoveredFilter;
import dev.outrider.proxy.xds.Proxy.SlowFilters;
import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.config.core.v3.ExtensionConfigSource;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Filters whose configuration the control plane brings by itself (X26).
class ExtensionDiscoveryTest {
  private static final String TYPE = "type.googleapis.com/google.protobuf.Struct";
  private static final String STATS = "extension_config_discovery.http_filter.fx.";

  private final Proxy proxy = Proxy.running();
  private final FakeControlPlane plane = proxy.controlPlane;

  private static ExtensionConfigSource.Builder source() {
    return ExtensionConfigSource.newBuilder().setConfigSource(Resources.ads()).addTypeUrls(TYPE);
  }

  private static Message listener(ExtensionConfigSource.Builder source) {
    return listener("l", 10000, "in", source);
  }

  private static Message listener(
      String name, int port, String statPrefix, ExtensionConfigSource.Builder source) {
    var hcm = Resources.rdsHcm("r").setStatPrefix(statPrefix);
    hcm.addHttpFilters(0, HttpFilter.newBuilder().setName("fx").setConfigDiscovery(source));
    return Resources.listener(name, port, hcm).build();
  }

  private static TypedExtensionConfig extension(String name, Message config) {
    return TypedExtensionConfig.newBuilder().setName(name).setTypedConfig(Any.pack(config)).build();
  }

  private static TypedExtensionConfig struct(String... fields) {
    return extension("fx", SlowFilters.config(fields));
  }

  private void offer(ExtensionConfigSource.Builder source) {
    plane.respond(ResourceKind.LISTENER, "2", listener(source));
  }

  private DiscoveryRequest asked() {
    while (true) {
      var request = plane.request();
      if (request.getTypeUrl().equals(ResourceKind.EXTENSION.typeUrl())) {
        return request;
      }
    }
  }

  private boolean serves() {
    return Resources.http(proxy.listener("l").chains().all().getFirst()).filters().usual().stream()
        .anyMatch(entry -> entry.factory() instanceof DiscoveredFilter);
  }

  @Test
  void theListenerWaitsForTheConfigurationAndGetsItFirst() {
    offer(source());
    assertThat(asked().getResourceNamesList()).containsExactly("fx");
    assertThat(serves()).isFalse();

    plane.respond(ResourceKind.EXTENSION, "7", struct());

    var change = proxy.onlyChange();
    assertThat(change.filters().updated()).containsOnlyKeys("fx");
    assertThat(change.listeners().updated()).containsOnlyKeys("l");
    assertThat(asked().getVersionInfo()).isEqualTo("7");
    assertThat(proxy.stat(STATS + "update_success")).isEqualTo(1);
    assertThat(proxy.stat(STATS + "config_reload")).isEqualTo(1);
  }

  @Test
  void aNewConfigurationTouchesTheFilterAlone() {
    offer(source());
    plane.respond(ResourceKind.EXTENSION, "1", struct());
    var listener = proxy.listener("l");
    proxy.changes.clear();

    plane.respond(ResourceKind.EXTENSION, "2", struct("other"));

    var change = proxy.onlyChange();
    assertThat(change.listeners().isEmpty()).isTrue();
    assertThat(change.filters().updated()).containsOnlyKeys("fx");
    assertThat(proxy.listener("l")).isSameAs(listener);
    plane.respond(ResourceKind.EXTENSION, "3", struct("other"));
    assertThat(proxy.changes).as("the same again").isEmpty();
  }

  @Test
  void aConfigurationOfAnotherTypeIsRefused() {
    offer(source());
    asked();

    plane.respond(ResourceKind.EXTENSION, "1", struct());
    asked();
    proxy.changes.clear();
    plane.respond(
        ResourceKind.EXTENSION, "2", extension("fx", StringValue.of("no filter is made of this")));
    assertThat(asked().getErrorDetail().getMessage())
        .contains("Didn't find a registered implementation for 'fx'");

    var strict = source().clearTypeUrls().addTypeUrls("type.googleapis.com/a.B");
    plane.respond(
        ResourceKind.LISTENER,
        "3",
        listener(source()),
        Resources.listener(
                "m",
                10001,
                Resources.rdsHcm("r")
                    .addHttpFilters(
                        0, HttpFilter.newBuilder().setName("fx").setConfigDiscovery(strict)))
            .build());

    var refusals = new StringBuilder();
    while (plane.hasRequests()) {
      refusals.append(plane.request().getErrorDetail().getMessage());
    }
    assertThat(refusals)
        .contains("m: Error: filter config has type URL google.protobuf.Struct but expect a.B.");
    assertThat(proxy.changes).isEmpty();
    assertThat(proxy.stat(STATS + "update_rejected")).isEqualTo(1);
    assertThat(proxy.stat(STATS + "config_fail")).isEqualTo(1);
  }

  @Test
  void theTypeMustBeOneOfThoseThatTheFilterNames() {
    offer(source().clearTypeUrls().addTypeUrls("type.googleapis.com/a.B"));
    asked();

    plane.respond(ResourceKind.EXTENSION, "1", struct());

    assertThat(asked().getErrorDetail().getMessage())
        .isEqualTo(
            "extension 'fx': Error: filter config has type URL google.protobuf.Struct but expect"
                + " a.B.");
    assertThat(serves()).as("though without the filter's configuration").isFalse();
    proxy.advance(Duration.ofSeconds(16));
    assertThat(serves()).isTrue();
  }

  @Test
  void isNotWaitedForForEver() {
    offer(source());

    proxy.advance(Duration.ofSeconds(16));

    assertThat(serves()).isTrue();
    assertThat(proxy.stat(STATS + "init_fetch_timeout")).isEqualTo(1);
  }

  @Test
  void isNotWaitedForIfTheDefaultIsToServeAtOnce() {
    offer(
        source()
            .setDefaultConfig(Any.pack(SlowFilters.config()))
            .setApplyDefaultConfigWithoutWarming(true));

    assertThat(serves()).isTrue();
    assertThat(asked().getResourceNamesList()).containsExactly("fx");
  }

  @Test
  void isWaitedForThoughThereIsADefault() {
    offer(source().setDefaultConfig(Any.pack(SlowFilters.config())));

    assertThat(serves()).isFalse();
  }

  @Test
  void saysWhatIsWrongWithTheFilter() {
    plane.respond(
        ResourceKind.LISTENER,
        "2",
        listener(
            source()
                .setApplyDefaultConfigWithoutWarming(true)
                .setDefaultConfig(Any.pack(StringValue.of("x")))));
    var text = new StringBuilder();
    while (plane.hasRequests()) {
      text.append(plane.request().getErrorDetail().getMessage());
    }

    assertThat(text)
        .contains("default_config: is of type 'google.protobuf.StringValue', which is not in")
        .contains("config_discovery.default_config: Didn't find a registered implementation");
  }

  @Test
  void theControlPlaneMayTakeItAway() {
    var delta = Proxy.runningOnDelta();
    var other = delta.controlPlane;
    other.change(ResourceKind.LISTENER, "2", Map.of("l", listener(source())));
    other.change(ResourceKind.EXTENSION, "1", Map.of("fx", struct()));
    delta.changes.clear();

    other.change(ResourceKind.EXTENSION, "2", Map.of(), "fx");

    assertThat(delta.onlyChange().filters().removed()).containsExactly("fx");
  }

  @Test
  void isForgottenWithTheLastFilterThatNamesIt() {
    offer(source());
    plane.respond(ResourceKind.EXTENSION, "1", struct());
    proxy.changes.clear();

    plane.respond(
        ResourceKind.LISTENER, "3", Resources.listener("l", 10000, Resources.rdsHcm("r")).build());

    assertThat(proxy.onlyChange().filters().removed()).containsExactly("fx");
  }

  @Test
  void oneThatIsStillMadeHoldsUpNothingElse() {
    offer(source());
    plane.respond(ResourceKind.EXTENSION, "1", struct("slow"));
    assertThat(serves()).isFalse();

    plane.respond(ResourceKind.ENDPOINTS, "2", Resources.endpoints("a", 9009));

    assertThat(proxy.onlyChange().endpoints().updated()).containsOnlyKeys("a");
  }

  @Test
  void listenersTakeWhatHasComeAlready() {
    offer(source());
    plane.respond(ResourceKind.EXTENSION, "1", struct());
    proxy.changes.clear();

    plane.respond(
        ResourceKind.LISTENER,
        "3",
        listener("l", 10000, "other", source()),
        listener("m", 10001, "in", source()));

    assertThat(proxy.onlyChange().listeners().updated()).containsOnlyKeys("l", "m");
  }

  @Test
  void listenersDoNotWaitForAnotherAnswerThanTheRefusedOne() {
    offer(source());
    plane.respond(ResourceKind.EXTENSION, "1", struct("bad"));

    plane.respond(
        ResourceKind.LISTENER, "3", listener(source()), listener("m", 10001, "in", source()));

    assertThat(proxy.active().listeners()).containsKey("m");
  }

  @Test
  void isWaitedForInVainOnlyOnce() {
    offer(source());
    proxy.advance(Duration.ofSeconds(16));
    assertThat(serves()).isTrue();
    proxy.changes.clear();

    plane.respond(
        ResourceKind.LISTENER,
        "3",
        listener("l", 10000, "other", source()),
        listener("m", 10001, "in", source()));

    assertThat(proxy.onlyChange().listeners().updated()).containsOnlyKeys("l", "m");
  }

  @Test
  void isWaitedForAnewWhenItIsAskedForAnew() {
    offer(source());
    proxy.advance(Duration.ofSeconds(16));
    assertThat(serves()).isTrue();
    plane.respond(
        ResourceKind.LISTENER, "3", Resources.listener("l", 10000, Resources.rdsHcm("r")).build());

    plane.respond(ResourceKind.LISTENER, "4", listener(source()));

    assertThat(serves()).isFalse();
  }
}

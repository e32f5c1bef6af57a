package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import dev.outrider.proxy.config.Discovered;
import dev.outrider.proxy.config.ListenerFilter;
import dev.outrider.proxy.filter.network.DiscoveredNetworkFilter;
import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.config.core.v3.ExtensionConfigSource;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.filters.listener.http_inspector.v3.HttpInspector;
import io.envoyproxy.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.extensions.filters.network.wasm.v3.Wasm;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Network filters and listener filters whose configuration the control plane brings by itself
/// (X26).
class NetworkDiscoveryTest {
  private static final String NETWORK = "extension_config_discovery.network_filter.fx.";
  private static final String LISTENER = "extension_config_discovery.tcp_listener_filter.lx.";
  private static final TcpProxy TCP =
      TcpProxy.newBuilder().setStatPrefix("p").setCluster("a").build();
  private static final Message MIDDLE = Wasm.getDefaultInstance();
  private static final TlsInspector TLS = TlsInspector.getDefaultInstance();

  private final Proxy proxy = Proxy.running();
  private final FakeControlPlane plane = proxy.controlPlane;

  private static ExtensionConfigSource.Builder source(Message... types) {
    var source = ExtensionConfigSource.newBuilder().setConfigSource(Resources.ads());
    for (var type : types) {
      source.addTypeUrls(Any.pack(type).getTypeUrl());
    }
    return source;
  }

  private static Filter filter(ExtensionConfigSource.Builder source) {
    return Filter.newBuilder().setName("fx").setConfigDiscovery(source).build();
  }

  private static Filter tcp() {
    return Filter.newBuilder().setName("tcp").setTypedConfig(Any.pack(TCP)).build();
  }

  private static Listener.Builder listener(Filter... filters) {
    var listener = Resources.listener("t", 10007, Resources.hcm());
    var chain = listener.getFilterChainsBuilder(0).clearFilters();
    for (var filter : filters) {
      chain.addFilters(filter);
    }
    return listener;
  }

  private static Listener inspected(ExtensionConfigSource.Builder source) {
    var listener = listener(tcp());
    listener.addListenerFiltersBuilder().setName("lx").setConfigDiscovery(source);
    return listener.build();
  }

  private static TypedExtensionConfig extension(String name, Message config) {
    return TypedExtensionConfig.newBuilder().setName(name).setTypedConfig(Any.pack(config)).build();
  }

  private void offer(Message listener) {
    plane.respond(
        ResourceKind.LISTENER,
        "2",
        Resources.listener("l", 10000, Resources.rdsHcm("r")).build(),
        listener);
  }

  private boolean serves() {
    return proxy.active().listeners().containsKey("t");
  }

  private String refusals() {
    var all = new StringBuilder();
    while (plane.hasRequests()) {
      all.append(plane.request().getErrorDetail().getMessage());
    }
    return all.toString();
  }

  @Test
  void theListenerWaitsForANetworkFilterAndGetsItFirst() {
    offer(listener(filter(source(MIDDLE)), tcp()).build());
    assertThat(serves()).isFalse();

    plane.respond(ResourceKind.EXTENSION, "7", extension("fx", MIDDLE));

    var change = proxy.onlyChange();
    assertThat(change.filters().updated().get("fx")).isInstanceOf(Discovered.Network.class);
    assertThat(change.listeners().updated()).containsOnlyKeys("t");
    assertThat(refusals()).isEmpty();
    assertThat(proxy.stat(NETWORK + "update_success")).isEqualTo(1);
    assertThat(proxy.stat(NETWORK + "config_reload")).isEqualTo(1);
  }

  @Test
  void aNewConfigurationTouchesTheFilterAlone() {
    offer(listener(filter(source(TCP))).build());
    plane.respond(ResourceKind.EXTENSION, "1", extension("fx", TCP));
    var listener = proxy.listener("t");
    proxy.changes.clear();

    plane.respond(
        ResourceKind.EXTENSION, "2", extension("fx", TCP.toBuilder().setCluster("b").build()));

    var change = proxy.onlyChange();
    assertThat(change.listeners().isEmpty()).isTrue();
    assertThat(change.filters().updated()).containsOnlyKeys("fx");
    assertThat(proxy.listener("t")).isSameAs(listener);
  }

  @Test
  void aConfigurationMustFitWhereTheFilterStands() {
    offer(listener(filter(source(TCP, MIDDLE)), tcp()).build());
    plane.respond(ResourceKind.EXTENSION, "1", extension("fx", TCP));
    assertThat(refusals())
        .isEqualTo(
            "extension 'fx': Error: terminal filter named fx of type"
                + " envoy.filters.network.tcp_proxy must be the last filter in a network filter"
                + " chain.");
    assertThat(serves()).as("without the filter").isTrue();

    offer(listener(filter(source(TCP, MIDDLE))).build());
    plane.respond(ResourceKind.EXTENSION, "2", extension("fx", MIDDLE));
    assertThat(refusals())
        .contains(
            "Error: non-terminal filter named fx of type envoy.filters.network.wasm is the last"
                + " filter in a network filter chain.");
    assertThat(proxy.stat(NETWORK + "config_fail")).isEqualTo(2);
  }

  @Test
  void aConfigurationMustBeOfATypeThatTheFilterNames() {
    offer(listener(filter(source(MIDDLE)), tcp()).build());
    plane.respond(ResourceKind.EXTENSION, "1", extension("fx", TCP));

    assertThat(refusals())
        .isEqualTo(
            "extension 'fx': Error: filter config has type URL"
                + " envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy but expect"
                + " envoy.extensions.filters.network.wasm.v3.Wasm.");
  }

  @Test
  void aFilterOfAnotherKindDoesNotFitWhateverTheTypesSay() {
    offer(listener(filter(source(TLS)), tcp()).build());
    plane.respond(ResourceKind.EXTENSION, "1", extension("fx", TLS));

    assertThat(refusals()).contains("Didn't find a registered implementation for 'fx'");
    assertThat(proxy.active().listeners()).containsKey("t");
    assertThat(proxy.configuration.held().extensions()).isEmpty();
  }

  @Test
  void isNotWaitedForForEver() {
    offer(listener(filter(source(MIDDLE)), tcp()).build());

    proxy.advance(Duration.ofSeconds(16));

    assertThat(serves()).isTrue();
    assertThat(proxy.stat(NETWORK + "init_fetch_timeout")).isEqualTo(1);
  }

  @Test
  void aDefaultIsWaitedBehindUnlessItIsToServeAtOnce() {
    var source = source(TCP).setDefaultConfig(Any.pack(TCP));
    offer(listener(filter(source)).build());
    assertThat(serves()).isFalse();

    offer(listener(filter(source.setApplyDefaultConfigWithoutWarming(true))).build());

    assertThat(serves()).isTrue();
    assertThat(proxy.listener("t").chains().all().getFirst().filters().getFirst().factory())
        .isInstanceOf(DiscoveredNetworkFilter.class);
  }

  @Test
  void theControlPlaneMayTakeItAway() {
    var delta = Proxy.runningOnDelta();
    var other = delta.controlPlane;
    other.change(
        ResourceKind.LISTENER, "2", Map.of("t", listener(filter(source(MIDDLE)), tcp()).build()));
    other.change(ResourceKind.EXTENSION, "1", Map.of("fx", extension("fx", MIDDLE)));
    delta.changes.clear();

    other.change(ResourceKind.EXTENSION, "2", Map.of(), "fx");

    assertThat(delta.onlyChange().filters().removed()).containsExactly("fx");
    assertThat(delta.active().listeners()).containsKey("t");
  }

  @Test
  void aListenerFilterIsWaitedForInTheSameWay() {
    offer(inspected(source(TLS)));
    assertThat(serves()).isFalse();

    plane.respond(ResourceKind.EXTENSION, "3", extension("lx", TLS));

    var change = proxy.onlyChange();
    assertThat(change.filters().updated())
        .containsExactly(
            Map.entry("lx", new Discovered.Listener(new ListenerFilter.TlsInspector(false))));
    assertThat(change.listeners().updated()).containsOnlyKeys("t");
    assertThat(proxy.listener("t").filters().entries().getFirst().filter())
        .isEqualTo(new ListenerFilter.Discovered("lx", null));
    assertThat(proxy.stat(LISTENER + "update_success")).isEqualTo(1);
  }

  @Test
  void aListenerFilterMustBeOfATypeThatItsListenerNames() {
    offer(inspected(source(TLS)));
    plane.respond(ResourceKind.EXTENSION, "3", extension("lx", HttpInspector.getDefaultInstance()));

    assertThat(refusals())
        .contains(
            "Error: filter config has type URL"
                + " envoy.extensions.filters.listener.http_inspector.v3.HttpInspector but expect"
                + " envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector.");
    assertThat(proxy.stat(LISTENER + "update_rejected")).isEqualTo(1);
  }

  @Test
  void whatAListenerFilterDoesNotSupportIsRefusedByName() {
    offer(inspected(source(TLS)));
    var fingerprints = TlsInspector.newBuilder();
    fingerprints.getEnableJa3FingerprintingBuilder().setValue(true);
    plane.respond(ResourceKind.EXTENSION, "3", extension("lx", fingerprints.build()));

    assertThat(refusals()).contains("typed_config.enable_ja3_fingerprinting: is not supported");
  }
}

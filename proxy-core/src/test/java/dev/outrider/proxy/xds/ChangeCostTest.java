package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import com.sun.management.ThreadMXBean;
import dev.outrider.proxy.config.ConfigChange;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.lang.management.ManagementFactory;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What a change touches depends on the change, not on how much there is: with ten thousand
/// clusters as with a hundred.
class ChangeCostTest {
  private static final int MANY = 10_000;
  private static final int FEW = 100;

  private static Proxy with(int clusters) {
    var proxy = new Proxy().start(Proxy.deltaBootstrap());
    var added = new HashMap<String, Message>();
    var endpoints = new HashMap<String, Message>();
    for (var i = 0; i < clusters; i++) {
      added.put("c" + i, Resources.edsCluster("c" + i).build());
      endpoints.put("c" + i, Resources.endpoints("c" + i, 9000, 9001));
    }
    proxy.controlPlane.change(ResourceKind.CLUSTER, "1", added);
    proxy.controlPlane.change(ResourceKind.ENDPOINTS, "1", endpoints);
    assertThat(proxy.active().endpoints().get("c" + (clusters - 1))).isNotNull();
    quiet(proxy);
    return proxy;
  }

  private static Stream<Object> values(Map<String, ?> parts) {
    return parts.values().stream().map(part -> part);
  }

  private static void quiet(Proxy proxy) {
    proxy.changes.clear();
    while (proxy.controlPlane.hasRequests()) {
      proxy.controlPlane.anyDeltaRequest();
    }
  }

  private static ConfigChange move(Proxy proxy, int port) {
    proxy.controlPlane.change(
        ResourceKind.ENDPOINTS,
        "v" + port,
        Map.of("c7", Resources.endpoints("c7", port, port + 1)));
    var change = proxy.onlyChange();
    quiet(proxy);
    return change;
  }

  /// Bytes that one change of endpoints makes the main loop allocate, when it has done many.
  private static long bytes(Proxy proxy) {
    for (var i = 0; i < 300; i++) {
      move(proxy, 10_000 + i);
    }
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    var before = threads.getCurrentThreadAllocatedBytes();
    for (var i = 0; i < 100; i++) {
      move(proxy, 20_000 + i);
    }
    return (threads.getCurrentThreadAllocatedBytes() - before) / 100;
  }

  @Test
  void endpointsOfOneClusterLeaveTheOthersWhatTheyAre() {
    var proxy = with(MANY);
    var before = proxy.active();

    var change = move(proxy, 9500);

    assertThat(change.endpoints().updated()).containsOnlyKeys("c7");
    assertThat(change.endpoints().removed()).isEmpty();
    assertThat(change.clusters().isEmpty()).isTrue();
    assertThat(change.listeners().isEmpty()).isTrue();
    var after = proxy.active();
    var same = Collections.newSetFromMap(new IdentityHashMap<Object, Boolean>());
    same.addAll(before.clusters().values());
    same.addAll(before.endpoints().values());
    var touched = Stream.concat(values(after.clusters()), values(after.endpoints()));
    assertThat(touched.filter(part -> !same.contains(part))).hasSize(1);
  }

  @Test
  void oneClusterMoreTouchesNoOther() {
    var proxy = with(MANY);
    var before = proxy.active();

    proxy.controlPlane.change(
        ResourceKind.CLUSTER, "2", Map.of("new", Resources.staticCluster("new", 9000).build()));

    var change = proxy.onlyChange();
    assertThat(change.clusters().updated()).containsOnlyKeys("new");
    assertThat(change.clusters().removed()).isEmpty();
    assertThat(change.endpoints().updated()).containsOnlyKeys("new");
    assertThat(proxy.cluster("c7")).isSameAs(before.clusters().get("c7"));
  }

  @Test
  void tenThousandClustersMakeAChangeNoDearerThanAHundred() {
    var few = bytes(with(FEW));
    var many = bytes(with(MANY));

    // A persistent map is two levels deeper; what depended on the number would be megabytes.
    assertThat(many).isBetween(few / 2, few * 3 / 2);
  }
}

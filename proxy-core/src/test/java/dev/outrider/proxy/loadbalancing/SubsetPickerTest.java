package dev.outrider.proxy.loadbalancing;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.EndpointMetadata;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HealthStatus;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.LbMetadata;
import dev.outrider.proxy.cluster.LbPolicy;
import dev.outrider.proxy.cluster.LbPolicy.Fallback;
import dev.outrider.proxy.cluster.LbPolicy.Selector;
import dev.outrider.proxy.cluster.LbPolicy.SubsetRules;
import dev.outrider.proxy.cluster.LbValue;
import dev.outrider.proxy.cluster.LoadBalancing;
import dev.outrider.proxy.cluster.Locality;
import dev.outrider.proxy.cluster.Metadata;
import dev.outrider.proxy.metrics.StatOwner;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Which endpoints the demands of a route leave.
class SubsetPickerTest {
  private final StatOwner stats = StatOwner.unlisted(ClusterStats.TEMPLATE, 1);
  private final List<EndpointSpec> specs = new ArrayList<>();
  private final List<Selector> selectors = new ArrayList<>();
  private Fallback fallback = Fallback.NO_FALLBACK;
  private LbMetadata defaultSubset = LbMetadata.NONE;
  private boolean panicModeAny;
  private boolean listAsAny;
  private boolean fallbackList;
  private boolean redundantKeys;

  private SubsetPickerTest() {
    add("v", "1", "stage", "prod");
    add("v", "1", "stage", "dev");
    add("v", "2", "stage", "prod");
    add();
  }

  private void add(String... pairs) {
    add(HealthStatus.HEALTHY, values(pairs));
  }

  private void add(HealthStatus health, LbMetadata lb) {
    specs.add(
        new EndpointSpec(
            new HostPort("10.0.0." + (specs.size() + 1), 80),
            "",
            1,
            0,
            Locality.NONE,
            health,
            EndpointMetadata.of(Metadata.of(new byte[] {1}), Metadata.NONE, lb)));
  }

  private static LbMetadata values(String... pairs) {
    var values = new TreeMap<String, LbValue>();
    for (var i = 0; i < pairs.length; i += 2) {
      values.put(pairs[i], new LbValue.Text(pairs[i + 1]));
    }
    return LbMetadata.of(values);
  }

  private void select(@Nullable Fallback own, List<String> fallbackKeys, String... keys) {
    selectors.add(
        new Selector(new TreeSet<>(Arrays.asList(keys)), false, own, new TreeSet<>(fallbackKeys)));
  }

  private void select(String... keys) {
    select(null, List.of(), keys);
  }

  private HostPicker picker() {
    var assignment = new Assignment("c", specs);
    var rules =
        new SubsetRules(
            selectors,
            fallback,
            defaultSubset,
            false,
            false,
            panicModeAny,
            listAsAny,
            fallbackList,
            redundantKeys);
    var cluster =
        Cluster.builder("c", new Discovery.Static(assignment))
            .loadBalancing(new LoadBalancing(new LbPolicy.Subset(rules, LbPolicy.ROUND_ROBIN), 50))
            .build();
    return HostPickers.of(
        cluster, EndpointSet.next(null, "c", assignment, 1), PickerScopes.of(1, stats));
  }

  private String pick(LbMetadata demands) {
    var picker = picker();
    var chosen = new TreeSet<String>();
    for (var i = 0; i < 20; i++) {
      var endpoint =
          picker.pick(
              new PickContext() {
                @Override
                public LbMetadata metadataMatch() {
                  return demands;
                }
              });
      chosen.add(endpoint == null ? "none" : endpoint.address().host().substring(7));
    }
    return String.join(" ", chosen);
  }

  @Test
  void choosesAmongThoseThatHaveWhatIsDemanded() {
    select("v");
    select("v", "stage");

    assertThat(pick(values("v", "1"))).isEqualTo("1 2");
    assertThat(pick(values("v", "1", "stage", "prod"))).isEqualTo("1");
    assertThat(stats.value(ClusterStats.LB_SUBSETS_SELECTED)).isEqualTo(40);
  }

  @Test
  void findsNobodyWithoutFallback() {
    select("v");

    assertThat(pick(values("v", "9"))).isEqualTo("none");
    assertThat(pick(values("stage", "prod"))).isEqualTo("none"); // no selector of that key
    assertThat(pick(values("v", "1", "stage", "prod"))).isEqualTo("none");
    assertThat(pick(LbMetadata.NONE)).isEqualTo("none");
  }

  @Test
  void fallsBackToAny() {
    select("v");
    fallback = Fallback.ANY_ENDPOINT;

    assertThat(pick(values("v", "9"))).isEqualTo("1 2 3 4");
    assertThat(pick(LbMetadata.NONE)).isEqualTo("1 2 3 4");
    assertThat(stats.value(ClusterStats.LB_SUBSETS_FALLBACK)).isEqualTo(40);
  }

  @Test
  void fallsBackToTheDefaultSubset() {
    select("v");
    fallback = Fallback.DEFAULT_SUBSET;
    defaultSubset = values("stage", "prod");

    assertThat(pick(values("v", "9"))).isEqualTo("1 3");
  }

  @Test
  void panicsToAnyIfTheDefaultSubsetIsEmpty() {
    select("v");
    fallback = Fallback.DEFAULT_SUBSET;
    defaultSubset = values("stage", "none");
    assertThat(pick(values("v", "9"))).isEqualTo("none");

    panicModeAny = true;
    assertThat(pick(values("v", "9"))).isEqualTo("1 2 3 4");
    assertThat(stats.value(ClusterStats.LB_SUBSETS_FALLBACK_PANIC)).isEqualTo(20);
  }

  @Test
  void hasAFallbackForEachSelector() {
    fallback = Fallback.ANY_ENDPOINT;
    select(Fallback.NO_FALLBACK, List.of(), "v");
    select(Fallback.KEYS_SUBSET, List.of("stage"), "stage", "v");
    select("stage");

    assertThat(pick(values("v", "9"))).isEqualTo("none");
    assertThat(pick(values("stage", "dev", "v", "9"))).isEqualTo("2");
    assertThat(pick(values("stage", "none", "v", "9"))).isEqualTo("1 2 3 4");
  }

  @Test
  void takesEachValueOfAListIfTold() {
    add(
        HealthStatus.HEALTHY,
        LbMetadata.of(
            new TreeMap<>(
                Map.of(
                    "v",
                    new LbValue.Items(List.of(new LbValue.Text("1"), new LbValue.Text("7")))))));
    select("v");
    assertThat(pick(values("v", "7"))).isEqualTo("none");

    listAsAny = true;
    assertThat(pick(values("v", "7"))).isEqualTo("5");
    assertThat(pick(values("v", "1"))).isEqualTo("1 2 5");
  }

  @Test
  void triesTheFallbackListInOrder() {
    select("v");
    fallbackList = true;
    var list =
        new LbValue.Items(
            List.of(
                new LbValue.Fields(Map.of("v", new LbValue.Text("9"))),
                new LbValue.Fields(Map.of("v", new LbValue.Text("2")))));

    assertThat(pick(LbMetadata.of(new TreeMap<>(Map.of("fallback_list", list))))).isEqualTo("3");
  }

  @Test
  void leavesOutWhatNoSelectorNamesIfTold() {
    select("v");
    redundantKeys = true;

    assertThat(pick(values("other", "x", "v", "2"))).isEqualTo("3");
  }

  @Test
  void worksOutWhatADemandMeansOnce() {
    select(Fallback.KEYS_SUBSET, List.of("v"), "v", "stage");
    select("v");
    redundantKeys = true;
    var demands = values("other", "x", "stage", "test", "v", "2");
    var context =
        new PickContext() {
          @Override
          public LbMetadata metadataMatch() {
            return demands;
          }
        };
    var picker = picker();
    assertThat(found(picker, context, 2_000)).isEqualTo(2_000);
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    var before = threads.getCurrentThreadAllocatedBytes();
    var found = found(picker, context, 2_000);
    var allocated = threads.getCurrentThreadAllocatedBytes() - before;

    assertThat(found).isEqualTo(2_000);
    assertThat(allocated).isLessThan(100_000);
  }

  private static int found(HostPicker picker, PickContext context, int times) {
    var found = 0;
    for (var i = 0; i < times; i++) {
      found += picker.pick(context) == null ? 0 : 1;
    }
    return found;
  }

  @Test
  void hasItsOwnPanic() {
    add(HealthStatus.UNHEALTHY, values("v", "3"));
    select("v");

    assertThat(pick(values("v", "3"))).isEqualTo("5");
  }

  @Test
  void leavesOneAloneInItsSubset() {
    selectors.add(new Selector(new TreeSet<>(List.of("v")), true, null, new TreeSet<>()));

    assertThat(pick(values("v", "1"))).isEqualTo("1");
  }
}

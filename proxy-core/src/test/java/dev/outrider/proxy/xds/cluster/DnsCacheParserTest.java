package dev.outrider.proxy.xds.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.AutoSni;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.DnsCacheSpec;
import dev.outrider.proxy.cluster.DnsFamily;
import dev.outrider.proxy.cluster.DnsOptions.FailureRefresh;
import dev.outrider.proxy.cluster.DnsResolverSpec;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.WantedName;
import dev.outrider.proxy.dns.FakeNames;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.xds.TestDnsCaches;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.resource.Resource.ClusterResource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheConfig;
import java.util.List;
import org.junit.jupiter.api.Test;

/// `dns_cache_config` of a cluster and all that it says: its name and the rest.
class DnsCacheParserTest {
  private static final String CLUSTER =
      "{name: c, lb_policy: CLUSTER_PROVIDED, cluster_type: {name:"
          + " envoy.clusters.dynamic_forward_proxy, typed_config: {\"@type\":"
          + " type.googleapis.com/envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig,"
          + " %s}}%s}";
  private static final String NAMED = "dns_cache_config: {name: d%s}";
  private static final String OPTIONS =
      ", typed_extension_protocol_options: {x: {\"@type\":"
          + " type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions,"
          + " explicit_http_config: {http_protocol_options: {}}%s}}";

  private static Cluster cluster(String config, String more) {
    return ((ClusterResource) Yaml.valid(ResourceKind.CLUSTER, CLUSTER.formatted(config, more)))
        .cluster();
  }

  private static DnsCacheSpec cache(String more) {
    return ((Discovery.DynamicForward) cluster(NAMED.formatted(more), "").discovery()).cache();
  }

  private static List<String> problems(String config, String more) {
    return Yaml.problems(ResourceKind.CLUSTER, CLUSTER.formatted(config, more));
  }

  @Test
  void hasEnvoysDefaults() {
    assertThat(cache(""))
        .isEqualTo(
            new DnsCacheSpec(
                "d",
                DnsFamily.AUTO,
                DnsResolverSpec.DEFAULT,
                60_000,
                5_000,
                new FailureRefresh(60_000, 0),
                true,
                300_000,
                5_000,
                1024,
                1024,
                List.of()));
  }

  @Test
  void readsAllThatIsSaid() {
    var resolver =
        "{name: r, typed_config: {\"@type\":"
            + " type.googleapis.com/envoy.extensions.network.dns_resolver.getaddrinfo.v3.GetAddrInfoDnsResolverConfig}}";

    assertThat(
            cache(
                ", dns_lookup_family: V4_ONLY, dns_refresh_rate: 10s, dns_min_refresh_rate: 2s,"
                    + " host_ttl: 7s, max_hosts: 3, disable_dns_refresh_on_failure: true,"
                    + " dns_failure_refresh_rate: {base_interval: 1s, max_interval: 4s},"
                    + " dns_cache_circuit_breaker: {max_pending_requests: 9}, dns_query_timeout:"
                    + " 3s, preresolve_hostnames: [{address: a.test, port_value: 81}],"
                    + " typed_dns_resolver_config: "
                    + resolver))
        .isEqualTo(
            new DnsCacheSpec(
                "d",
                DnsFamily.V4_ONLY,
                new DnsResolverSpec.OfSystem(),
                10_000,
                2_000,
                new FailureRefresh(1_000, 4_000),
                false,
                7_000,
                3_000,
                3,
                9,
                List.of(new WantedName("a.test:81", new HostPort("a.test", 81)))));
  }

  @Test
  void readsTheResolverWhereItUsedToBe() {
    var resolver =
        cache(
                ", dns_resolution_config: {resolvers: [{socket_address: {address: 10.0.0.9,"
                    + " port_value: 54}}], dns_resolver_options: {no_default_search_domain:"
                    + " true}}")
            .resolver();

    assertThat(resolver)
        .isEqualTo(
            new DnsResolverSpec.Servers(
                List.of(new HostPort("10.0.0.9", 54)), false, false, 5_000, 4, 0));
  }

  @Test
  void refusesByNameWhatItDoesNotDo() {
    assertThat(
            problems(
                NAMED.formatted(
                        ", use_tcp_for_dns_lookups: true, key_value_config: {config: {name: f,"
                            + " typed_config: {\"@type\":"
                            + " type.googleapis.com/google.protobuf.Empty}}}")
                    + ", allow_coalesced_connections: true",
                ""))
        .anyMatch(problem -> problem.contains("allow_coalesced_connections: is not supported"))
        .anyMatch(problem -> problem.contains("key_value_config: is not supported"))
        .anyMatch(problem -> problem.contains("use_tcp_for_dns_lookups: is not supported"));
    assertThat(problems("sub_clusters_config: {}", ""))
        .anyMatch(problem -> problem.contains("sub_clusters_config: is not supported"));
    assertThat(problems("", ""))
        .anyMatch(problem -> problem.contains("dns_cache_config: is required"));
  }

  @Test
  void refusesMoreNamesThanItMayHold() {
    assertThat(
            problems(
                NAMED.formatted(
                    ", max_hosts: 1, preresolve_hostnames: [{address: a, port_value: 1}, {address:"
                        + " b, port_value: 1}]"),
                ""))
        .anyMatch(
            problem ->
                problem.endsWith(
                    "DNS Cache [d] configured with preresolve_hostnames=2 larger than"
                        + " max_hosts=1"));
  }

  @Test
  void asksServicesForTheirNamesUnlessItIsToldNotTo() {
    assertThat(cluster(NAMED.formatted(""), "").http().autoSni())
        .isEqualTo(new AutoSni(true, true, null));
    assertThat(cluster(NAMED.formatted(""), OPTIONS.formatted("")).http().autoSni())
        .isEqualTo(AutoSni.NONE);
    var half = OPTIONS.formatted(", upstream_http_protocol_options: {auto_sni: true}");
    assertThat(problems(NAMED.formatted(""), half))
        .containsExactly(
            "dynamic_forward_proxy cluster must have auto_sni and auto_san_validation true unless"
                + " allow_insecure_cluster_options is set.");
    assertThat(
            cluster(NAMED.formatted("") + ", allow_insecure_cluster_options: true", half)
                .http()
                .autoSni())
        .isEqualTo(new AutoSni(true, false, null));
  }

  @Test
  void oneNameIsOneCache() {
    var parser =
        new DnsCacheParser(
            TestDnsCaches.on(new FakeLoop(), new MetricRegistry(1), new FakeNames()));
    var context = new ParseContext("listener 'l'", "f", "n");
    var config = DnsCacheConfig.newBuilder().setName("d");

    assertThat(parser.read(config.build(), context))
        .isEqualTo(parser.read(config.build(), context));
    assertThat(
            Yaml.texts(
                parser
                    .read(config.setDisableDnsRefreshOnFailure(true).build(), context)
                    .problems()))
        .containsExactly("f: config specified DNS cache 'd' with different settings");
  }
}

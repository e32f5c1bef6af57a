package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.LocalPlace;
import dev.outrider.proxy.cluster.Locality;
import dev.outrider.proxy.config.AdminConfig;
import dev.outrider.proxy.config.BootstrapConfig;
import dev.outrider.proxy.config.DiscoveryService;
import dev.outrider.proxy.config.DiscoveryService.Call;
import dev.outrider.proxy.config.DiscoveryService.Metadata;
import dev.outrider.proxy.config.DiscoveryService.RequestRate;
import dev.outrider.proxy.config.DynamicSources;
import dev.outrider.proxy.config.DynamicSources.BackOff;
import dev.outrider.proxy.config.DynamicSources.FetchTimeout;
import dev.outrider.proxy.config.DynamicSources.Protocol;
import dev.outrider.proxy.config.DynamicSources.Source;
import dev.outrider.proxy.config.FileSource;
import dev.outrider.proxy.config.GrpcAddress;
import dev.outrider.proxy.config.GrpcServer;
import dev.outrider.proxy.config.ListenerSocket;
import dev.outrider.proxy.config.SocketOption;
import dev.outrider.proxy.config.StatsFlushing;
import dev.outrider.proxy.config.StatsFlushing.Histograms;
import dev.outrider.proxy.config.StatsFlushing.MetricsService;
import dev.outrider.proxy.config.StatsFlushing.OpenTelemetry;
import dev.outrider.proxy.config.StatsFlushing.OtlpShape;
import dev.outrider.proxy.config.StatsFlushing.Statsd;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.metrics.StatsdFormat;
import dev.outrider.proxy.metrics.StatsdFormat.Tags;
import dev.outrider.proxy.metrics.TagRule;
import dev.outrider.proxy.overload.LoadShedPoint;
import dev.outrider.proxy.overload.OverloadAction;
import dev.outrider.proxy.overload.OverloadSpec;
import dev.outrider.proxy.overload.OverloadSpec.Resource;
import dev.outrider.proxy.overload.OverloadSpec.Trigger;
import dev.outrider.proxy.overload.ScaledTimeout;
import dev.outrider.proxy.overload.TimeoutScaling.Least;
import dev.outrider.proxy.runtime.RuntimeLayerSpec;
import dev.outrider.proxy.runtime.RuntimeValue;
import dev.outrider.proxy.upstream.GrpcTarget;
import dev.outrider.proxy.xds.BootstrapParser.NodeFlags;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.extensions.wasm.v3.WasmService;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BootstrapParserTest {
  private static final String ADS =
      "ads_config: {api_type: GRPC, transport_api_version: V3, set_node_on_first_message_only:"
          + " true, grpc_services: [{envoy_grpc: {cluster_name: xds}}]}";
  private static final String NODE = "node: {id: node-1, cluster: c}";

  private static Parsed<BootstrapConfig> read(String yaml, NodeFlags flags) {
    return Yaml.bootstrap(yaml, flags);
  }

  private static BootstrapConfig config(String yaml) {
    return switch (read(yaml, NodeFlags.NONE)) {
      case Parsed.Valid<BootstrapConfig>(var config) -> config;
      case Parsed.Invalid<BootstrapConfig>(var problems) ->
          throw new AssertionError(Yaml.texts(problems));
    };
  }

  private static List<String> problems(String yaml) {
    return Yaml.texts(read(yaml, NodeFlags.NONE).problems());
  }

  @Test
  void isContentWithNothing() {
    var config = config("{}");

    assertThat(config.admin()).isNull();
    assertThat(config.dynamic()).isNull();
    assertThat(config.statsFlushing().everyMillis()).isEqualTo(5_000);
    assertThat(config.node().id()).isEmpty();
    assertThat(config.staticClusters()).isEmpty();
    assertThat(config.staticListeners()).isEmpty();
    assertThat(config.extensions()).isEmpty();
  }

  @Test
  void readsWhereItRuns() {
    var config =
        config(
            """
            node: {locality: {region: r, zone: z, sub_zone: s}}
            cluster_manager: {local_cluster_name: us}
            static_resources: {clusters: [{name: us}]}
            """);

    assertThat(config.place()).isEqualTo(new LocalPlace(new Locality("r", "z", "s"), "us"));
    assertThat(problems("cluster_manager: {local_cluster_name: us}"))
        .contains("cluster_manager.local_cluster_name: local cluster 'us' must be defined");
  }

  @Test
  void readsWhereEventsOfOutlierDetectionGo() {
    assertThat(
            config("cluster_manager: {outlier_detection: {event_log_path: /tmp/o}}").outlierLog())
        .isEqualTo("/tmp/o");
    assertThat(config("{}").outlierLog()).isEmpty();
  }

  @Test
  void leavesWhatRunsBesideTheTrafficToItsProviders() throws Exception {
    var config =
        config(
            """
            bootstrap_extensions:
            - name: guard
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.wasm.v3.WasmService
                singleton: true
            """);

    assertThat(config.extensions())
        .singleElement()
        .satisfies(
            entry -> {
              assertThat(entry.name()).isEqualTo("guard");
              assertThat(entry.typeUrl()).endsWith("/envoy.extensions.wasm.v3.WasmService");
              assertThat(WasmService.parseFrom(entry.value().toByteArray()).getSingleton())
                  .isTrue();
            });
  }

  @Test
  void readsWhereTheAdminInterfaceListensAndWritesProfiles() throws Exception {
    var config =
        config(
            """
            admin:
              address: {pipe: {path: /run/admin.sock, mode: 384}}
              profile_path: /tmp/outrider.prof
              socket_options: [{level: 1, name: 9, int_value: 1, state: STATE_PREBIND}]
            """);

    assertThat(config.admin())
        .isEqualTo(
            new AdminConfig(
                new ListenerSocket(
                    HostPort.pipe("/run/admin.sock"),
                    384,
                    List.of(SocketOption.of(1, 9, 1, false))),
                "/tmp/outrider.prof"));
  }

  @Test
  void readsEverythingThatIsActedOn() throws Exception {
    var config =
        config(
            """
            node: {id: node-1, cluster: c, locality: {region: r, zone: z, sub_zone: sz}, metadata: {k: v}}
            admin: {address: {socket_address: {address: 127.0.0.1, port_value: 9901}}}
            stats_flush_interval: 2s
            stats_config: {stats_tags: [{tag_name: t, fixed_value: v}]}
            static_resources:
              clusters: [{name: xds, type: STATIC}]
              listeners: [{name: l}]
            dynamic_resources:
              cds_config: {ads: {}, resource_api_version: V3, initial_fetch_timeout: 3s}
              lds_config: {ads: {}}
              ads_config:
                api_type: GRPC
                transport_api_version: V3
                set_node_on_first_message_only: true
                grpc_services:
                - envoy_grpc:
                    cluster_name: xds
                    retry_policy: {retry_back_off: {base_interval: 1s, max_interval: 4s}}
            """);

    assertThat(config.node().id()).isEqualTo("node-1");
    assertThat(config.node().zone()).isEqualTo("z");
    assertThat(Node.parseFrom(config.node().message().toByteArray()).getMetadata().getFieldsMap())
        .containsOnlyKeys("k");
    assertThat(config.admin())
        .isEqualTo(new AdminConfig(new ListenerSocket(new HostPort("127.0.0.1", 9901))));
    assertThat(config.statsFlushing().everyMillis()).isEqualTo(2_000);
    assertThat(config.stats().tags()).containsExactly(new TagRule.Fixed("t", "v"));
    assertThat(config.staticClusters()).hasSize(1);
    assertThat(config.staticListeners()).hasSize(1);
    assertThat(config.dynamic())
        .isEqualTo(
            new DynamicSources(
                new DiscoveryService(
                    Protocol.STATE_OF_THE_WORLD, "xds", true, new BackOff(1_000, 4_000)),
                new Source(null, new FetchTimeout(3_000)),
                new Source(null, new FetchTimeout(15_000))));
  }

  @Test
  void readsWhereStatisticsGo() {
    var address = "address: {socket_address: {address: 127.0.0.1, port_value: 8125}}";
    var config =
        config(
            """
            stats_flush_on_admin: true
            stats_sinks:
            - name: envoy.stat_sinks.statsd
              typed_config:
                "@type": type.googleapis.com/envoy.config.metrics.v3.StatsdSink
                prefix: own
                %1$s
            - name: envoy.stat_sinks.dog_statsd
              typed_config:
                "@type": type.googleapis.com/envoy.config.metrics.v3.DogStatsdSink
                prefix: dog
                max_bytes_per_datagram: 1400
                %1$s
            - name: envoy.stat_sinks.graphite_statsd
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.stat_sinks.graphite_statsd.v3.GraphiteStatsdSink
                max_bytes_per_datagram: 500
                %1$s
            - name: elsewhere
              typed_config: {"@type": type.googleapis.com/envoy.config.metrics.v3.HystrixSink}
            """
                .formatted(address));

    var collector = new HostPort("127.0.0.1", 8125);
    assertThat(config.statsFlushing())
        .isEqualTo(
            new StatsFlushing(
                0,
                List.of(
                    new Statsd(collector, new StatsdFormat("own", Tags.NONE, 0)),
                    new Statsd(collector, new StatsdFormat("dog", Tags.AFTER_VALUE, 1400)),
                    new Statsd(collector, new StatsdFormat("envoy", Tags.AFTER_NAME, 500)))));
  }

  private static final String COLLECTOR =
      "static_resources: {clusters: [{name: c, type: STATIC, connect_timeout: 1s}]}\n";

  @Test
  void readsWhichServicesCollectStatistics() {
    var config =
        config(
            COLLECTOR
                + """
                stats_sinks:
                - name: envoy.stat_sinks.metrics_service
                  typed_config:
                    "@type": type.googleapis.com/envoy.config.metrics.v3.MetricsServiceConfig
                    grpc_service: {envoy_grpc: {cluster_name: c, authority: a.test}}
                    transport_api_version: V3
                    report_counters_as_deltas: true
                    emit_tags_as_labels: true
                    histogram_emit_mode: SUMMARY
                - name: envoy.stat_sinks.open_telemetry
                  typed_config:
                    "@type": type.googleapis.com/envoy.extensions.stat_sinks.open_telemetry.v3.SinkConfig
                    grpc_service: {timeout: 3s, envoy_grpc: {cluster_name: c}}
                    report_counters_as_deltas: true
                    report_histograms_as_deltas: true
                    emit_tags_as_attributes: false
                    use_tag_extracted_name: false
                    prefix: pre
                - name: plain
                  typed_config:
                    "@type": type.googleapis.com/envoy.extensions.stat_sinks.open_telemetry.v3.SinkConfig
                    grpc_service: {timeout: 0s, envoy_grpc: {cluster_name: c}}
                """);

    assertThat(config.statsFlushing().sinks())
        .containsExactly(
            new MetricsService(
                new GrpcTarget("c", "a.test", List.of(), 10_000), true, true, Histograms.SUMMARY),
            new OpenTelemetry(
                new GrpcTarget("c", "", List.of(), 3_000),
                new OtlpShape(true, true, false, false, "pre.")),
            new OpenTelemetry(
                new GrpcTarget("c", "", List.of(), 0),
                new OtlpShape(false, false, true, true, "")));
  }

  @Test
  void refusesServicesThatItCannotReachAndWhatItDoesNotSendThem() {
    var service =
        COLLECTOR
            + "stats_sinks: [{name: s, typed_config: {\"@type\":"
            + " type.googleapis.com/envoy.extensions.stat_sinks.open_telemetry.v3.SinkConfig,"
            + " grpc_service: {envoy_grpc: {cluster_name: %s}}, %s}}]";

    assertThat(problems(service.formatted("nope", "prefix: p")))
        .containsExactly(
            "stats_sinks[0].typed_config.grpc_service: Unknown gRPC client cluster 'nope'");
    assertThat(problems(service.formatted("c", "resource_detectors: [{name: r}]")))
        .contains("stats_sinks[0].typed_config.resource_detectors: is not supported");
    assertThat(problems(service.formatted("c", "custom_metric_conversions: {}")))
        .containsExactly("stats_sinks[0].typed_config.custom_metric_conversions: is not supported");
  }

  @Test
  void refusesSinksThatItCannotReach() {
    var sink =
        "stats_sinks: [{name: s, typed_config: {\"@type\":"
            + " type.googleapis.com/envoy.config.metrics.v3.StatsdSink, %s}}]";

    assertThat(problems(sink.formatted("tcp_cluster_name: c")))
        .containsExactly("stats_sinks[0].typed_config.tcp_cluster_name: is not supported");
    assertThat(problems(sink.formatted("address: {pipe: {path: /s}}")))
        .containsExactly("stats_sinks[0].typed_config.address.pipe: is not supported");
    assertThat(problems("{stats_flush_interval: 1s, stats_flush_on_admin: true}"))
        .containsExactly("Only one of stats_flush_interval or stats_flush_on_admin should be set!");
  }

  @Test
  void readsWhichResourcesComeFromFiles() {
    var read =
        config(
            """
            {%s, dynamic_resources: {
              cds_config: {path_config_source: {path: /c.yaml, watched_directory: {path: /d}}},
              lds_config: {path: /l.yaml, initial_fetch_timeout: 1s}}}
            """
                .formatted(NODE));

    assertThat(read.dynamic())
        .isEqualTo(
            new DynamicSources(
                null,
                new Source(new FileSource("/c.yaml", "/d"), new FetchTimeout(15_000)),
                new Source(new FileSource("/l.yaml", ""), new FetchTimeout(1_000))));
  }

  @Test
  void readsHowAServiceIsCalled() {
    var read =
        config(
            """
            {%s, dynamic_resources: {cds_config: {api_config_source: {
              api_type: DELTA_GRPC, rate_limit_settings: {max_tokens: 3, fill_rate: 0.5},
              grpc_services: [{envoy_grpc: {cluster_name: x, authority: a.test,
                  max_receive_message_length: 1000},
                initial_metadata: [{key: X-Token, value: "t 1"}, {key: empty}]}]}}}}
            """
                .formatted(NODE));

    assertThat(Objects.requireNonNull(read.dynamic()).clusters())
        .isEqualTo(
            new Source(
                new DiscoveryService(
                    Protocol.DELTA,
                    new GrpcServer(
                        new GrpcAddress.OfCluster("x"),
                        BackOff.DEFAULT,
                        new Call(
                            "a.test",
                            1_000,
                            List.of(new Metadata("x-token", "t 1"), new Metadata("empty", "")))),
                    null,
                    false,
                    new RequestRate(3, 0.5)),
                new FetchTimeout(15_000)));
  }

  @Test
  void takesTheNodeFromTheCommandLineFirst() {
    var read =
        read(
            "{%s, dynamic_resources: {%s}}".formatted("node: {id: x}", ADS),
            new NodeFlags("flag-id", "flag-cluster", "flag-zone"));

    assertThat(((Parsed.Valid<BootstrapConfig>) read).value().node().id()).isEqualTo("flag-id");
    assertThat(((Parsed.Valid<BootstrapConfig>) read).value().node().cluster())
        .isEqualTo("flag-cluster");
  }

  @Test
  void wantsToKnowWhoItIsBeforeItAsksAnybody() {
    assertThat(problems("dynamic_resources: {%s}".formatted(ADS)))
        .containsExactly(
            "node: node 'id' and 'cluster' are required. Set it either in 'node' config or via"
                + " --service-node and --service-cluster options.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "hds_config: {api_type: GRPC} | hds_config: is not supported",
        "default_socket_interface: x | default_socket_interface: is not supported",
        "dynamic_resources: {cds_config: {ads: {}}} | dynamic_resources.ads_config: is required"
            + " where a source is 'ads'",
        "dynamic_resources: {cds_config: {self: {}}} | dynamic_resources.cds_config: only 'ads',"
            + " 'path_config_source' and 'api_config_source' are supported as sources",
        "dynamic_resources: {lds_config: {ads: {}, resource_api_version: V2}} |"
            + " dynamic_resources.lds_config.resource_api_version: only V3 is supported",
        "dynamic_resources: {cds_resources_locator: x, lds_resources_locator: z} |"
            + " dynamic_resources.cds_resources_locator: is not supported",
        "dynamic_resources: {ads_config: {api_type: REST, grpc_services: [{envoy_grpc:"
            + " {cluster_name: x}}]}} | dynamic_resources.ads_config.api_type: only GRPC (state of"
            + " the world) and DELTA_GRPC are supported, not REST",
        "dynamic_resources: {ads_config: {api_type: GRPC}} |"
            + " dynamic_resources.ads_config.grpc_services: must have one, or two (the second is"
            + " the failover), found 0",
        "dynamic_resources: {cds_config: {api_config_source: {api_type: GRPC, grpc_services:"
            + " [{envoy_grpc: {cluster_name: x}}, {envoy_grpc: {cluster_name: z}}]}}} |"
            + " dynamic_resources.cds_config.api_config_source.grpc_services: exactly one is"
            + " supported; a second one (failover) is for ads_config",
        "dynamic_resources: {ads_config: {api_type: GRPC, grpc_services: [{}]}} |"
            + " dynamic_resources.ads_config.grpc_services[0]: one of envoy_grpc, google_grpc is"
            + " required",
        "dynamic_resources: {ads_config: {api_type: GRPC, grpc_services: [{envoy_grpc:"
            + " {cluster_name: x}, initial_metadata: [{key: a-bin, value: b}]}]}} |"
            + " dynamic_resources.ads_config.grpc_services[0].initial_metadata[0]: 'a-bin': only"
            + " values of text are supported",
        "dynamic_resources: {ads_config: {api_type: GRPC, grpc_services: [{envoy_grpc:"
            + " {cluster_name: x}, initial_metadata: [{key: a, value: '%START_TIME%'}]}]}} |"
            + " dynamic_resources.ads_config.grpc_services[0].initial_metadata[0].value: only"
            + " printable ASCII without '%' (no formatters) is supported",
        "dynamic_resources: {ads_config: {api_type: GRPC, rate_limit_settings: {max_tokens: 0},"
            + " grpc_services: [{envoy_grpc: {cluster_name: x}}]}} |"
            + " dynamic_resources.ads_config.rate_limit_settings.max_tokens: must be at least 1,"
            + " found 0",
        "dynamic_resources: {cds_config: {api_config_source: {api_type: REST, cluster_names: [x]}}}"
            + " | dynamic_resources.cds_config.api_config_source: refresh_delay is required for"
            + " REST API configuration sources",
        "dynamic_resources: {cds_config: {api_config_source: {api_type: REST, cluster_names: [x],"
            + " refresh_delay: 0s}}} |"
            + " dynamic_resources.cds_config.api_config_source.refresh_delay: must be at least"
            + " 0.001s",
        "dynamic_resources: {cds_config: {api_config_source: {api_type: REST, refresh_delay: 1s}}}"
            + " | dynamic_resources.cds_config.api_config_source.cluster_names: API configs must"
            + " have either a gRPC service or a cluster name defined",
        "dynamic_resources: {cds_config: {api_config_source: {api_type: REST, refresh_delay: 1s,"
            + " cluster_names: [x, z]}}} |"
            + " dynamic_resources.cds_config.api_config_source.cluster_names: must have a singleton"
            + " cluster name specified",
        "dynamic_resources: {cds_config: {api_config_source: {api_type: REST, refresh_delay: 1s,"
            + " cluster_names: [x], grpc_services: [{envoy_grpc: {cluster_name: x}}]}}} |"
            + " dynamic_resources.cds_config.api_config_source.grpc_services: must not be there for"
            + " REST",
        "dynamic_resources: {cds_config: {api_config_source: {api_type: REST, refresh_delay: 1s,"
            + " cluster_names: [x], rate_limit_settings: {}}}} |"
            + " dynamic_resources.cds_config.api_config_source.rate_limit_settings: is not"
            + " supported",
        "dynamic_resources: {ads_config: {api_type: GRPC, cluster_names: [x], grpc_services:"
            + " [{envoy_grpc: {cluster_name: x}}]}} | dynamic_resources.ads_config.cluster_names:"
            + " must not be there for gRPC",
        "dynamic_resources: {cds_config: {api_config_source: {api_type: AGGREGATED_GRPC,"
            + " grpc_services: [{envoy_grpc: {cluster_name: x}}]}}} |"
            + " dynamic_resources.cds_config.api_config_source.api_type: only GRPC (state of the"
            + " world) and DELTA_GRPC are supported, and REST, not AGGREGATED_GRPC",
      })
  void refusesWhatItWouldHaveToIgnore(String fields, String problem) {
    assertThat(problems("{%s, %s}".formatted(NODE, fields))).contains(problem);
  }

  @Test
  void refusesABackOffWhoseLimitIsBelowItsBase() {
    assertThat(
            problems(
                "{%s, dynamic_resources: {ads_config: {api_type: GRPC, grpc_services: [{envoy_grpc: {cluster_name: x,"
                        .formatted(NODE)
                    + " retry_policy: {retry_back_off: {base_interval: 5s, max_interval:"
                    + " 1s}}}}]}}}"))
        .contains(
            "dynamic_resources.ads_config.grpc_services[0].envoy_grpc.retry_policy.retry_back_off.max_interval:"
                + " must be greater than or equal to the base_interval");
  }

  @Test
  void saysEveryProblemOfTheTextWithItsPlace() {
    var problems =
        read("admin:\n  nonsense: 1\nstats_flush_interval: soon\n", NodeFlags.NONE).problems();

    assertThat(problems).hasSize(2);
    assertThat(problems.get(0).text()).startsWith("bootstrap.yaml:2:").contains("nonsense");
    assertThat(problems.get(1).text())
        .startsWith("bootstrap.yaml:3:")
        .contains("stats_flush_interval");
  }

  @Test
  void holdsStaticResourcesAgainstTheSchemaToo() {
    assertThat(
            problems(
                "static_resources: {clusters: [{name: '', type: STATIC, connect_timeout: 0s}]}"))
        .hasSize(2)
        .anySatisfy(text -> assertThat(text).startsWith("static_resources.clusters[0].name: "))
        .anySatisfy(
            text -> assertThat(text).startsWith("static_resources.clusters[0].connect_timeout: "));
  }

  private static final String MONITOR =
      "overload_manager: {resource_monitors: [{name: global, typed_config: {'@type':"
          + " type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig,"
          + " max_active_downstream_connections: 7}}]}";

  @Test
  void readsHowManyClientsMayBeConnected() {
    assertThat(config("{}").mostConnections()).isZero();
    assertThat(config("{" + MONITOR + "}").mostConnections()).isEqualTo(7);
  }

  private static final String MONITORS =
      """
      resource_monitors:
      - name: heap
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig
          max_heap_size_bytes: 1000
      - name: file
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.resource_monitors.injected_resource.v3.InjectedResourceConfig
          filename: /p
      - name: cpu
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.resource_monitors.cpu_utilization.v3.CpuUtilizationConfig
          mode: CONTAINER
      - name: memory
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.resource_monitors.cgroup_memory.v3.CgroupMemoryConfig
          max_memory_bytes: 77
      - name: other
        typed_config: {"@type": type.googleapis.com/google.protobuf.Empty}
      """;

  private static String overload(String actions) {
    return "overload_manager:\n" + MONITORS.indent(2) + "  " + actions + "\n";
  }

  @Test
  void readsWhatIsDoneAgainstOverload() {
    var read =
        config(
            overload(
                """
                refresh_interval: 0.25s
                  actions:
                  - name: envoy.overload_actions.stop_accepting_requests
                    triggers:
                    - {name: heap, threshold: {value: 0.9}}
                    - {name: file, scaled: {scaling_threshold: 0.5, saturation_threshold: 0.75}}
                  - name: envoy.overload_actions.shrink_heap
                    triggers: [{name: heap, threshold: {value: 0.8}}]
                  - name: envoy.overload_actions.reduce_timeouts
                    triggers: [{name: cpu, threshold: {value: 0.7}}]
                    typed_config:
                      "@type": type.googleapis.com/envoy.config.overload.v3.ScaleTimersOverloadActionConfig
                      timer_scale_factors:
                      - {timer: HTTP_DOWNSTREAM_CONNECTION_IDLE, min_timeout: 2s}
                      - {timer: HTTP_DOWNSTREAM_STREAM_IDLE, min_scale: {value: 25}}
                  loadshed_points:
                  - name: envoy.load_shed_points.tcp_listener_accept
                    triggers: [{name: memory, threshold: {value: 0.5}}]
                """));

    assertThat(read.overload())
        .isEqualTo(
            new OverloadSpec(
                250,
                List.of(
                    new Resource.Heap("heap", 1000),
                    new Resource.File("file", "/p"),
                    new Resource.Cpu("cpu", true),
                    new Resource.CgroupMemory("memory", 77)),
                List.of(
                    new OverloadSpec.Action(
                        OverloadAction.STOP_ACCEPTING_REQUESTS,
                        List.of(
                            new Trigger.Threshold("heap", 0.9),
                            new Trigger.Scaled("file", 0.5, 0.75))),
                    new OverloadSpec.Action(
                        OverloadAction.REDUCE_TIMEOUTS,
                        List.of(new Trigger.Threshold("cpu", 0.7)),
                        Map.of(
                            ScaledTimeout.HTTP_DOWNSTREAM_CONNECTION_IDLE,
                            new Least.Millis(2_000),
                            ScaledTimeout.HTTP_DOWNSTREAM_STREAM_IDLE,
                            new Least.Share(0.25)))),
                List.of(
                    new OverloadSpec.Shedding(
                        LoadShedPoint.TCP_LISTENER_ACCEPT,
                        List.of(new Trigger.Threshold("memory", 0.5))))));
    assertThat(config("{}").overload()).isEqualTo(OverloadSpec.NONE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {name: envoy.overload_actions.reduce_timeouts, triggers: [{name: heap, threshold: {}}]} | overload_manager.actions[0]: Overload action "envoy.overload_actions.reduce_timeouts" requires typed_config
          {name: envoy.overload_actions.reset_high_memory_stream, triggers: [{name: heap, threshold: {}}]} | overload_manager.actions[0].name: overload action 'envoy.overload_actions.reset_high_memory_stream' is not supported
          {name: envoy.overload_actions.disable_http_keepalive, triggers: [{name: other, threshold: {}}]} | overload_manager.actions[0].triggers[0].name: overload action envoy.overload_actions.disable_http_keepalive cannot be triggered by resource other, which is not watched
          {name: envoy.overload_actions.disable_http_keepalive, triggers: [{name: x, threshold: {}}]} | overload_manager.actions[0].triggers[0].name: Unknown trigger resource x for overload action envoy.overload_actions.disable_http_keepalive
          {name: envoy.overload_actions.disable_http_keepalive, triggers: [{name: heap, scaled: {scaling_threshold: 0.5, saturation_threshold: 0.5}}]} | overload_manager.actions[0].triggers[0].scaled: scaling_threshold must be less than saturation_threshold
          {name: envoy.overload_actions.disable_http_keepalive, triggers: [{name: heap, threshold: {}}, {name: heap, threshold: {}}]} | overload_manager.actions[0].triggers: Duplicate trigger resource for overload action envoy.overload_actions.disable_http_keepalive
          """)
  void refusesActionsThatCannotBeTaken(String action, String problem) {
    assertThat(problems(overload("actions: [" + action + "]"))).containsExactly(problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          loadshed_points: [{name: envoy.load_shed_points.nonsense, triggers: [{name: heap, threshold: {}}]}] | overload_manager.loadshed_points[0].name: loadshed point 'envoy.load_shed_points.nonsense' is not supported
          loadshed_points: [{name: envoy.load_shed_points.tcp_listener_accept, triggers: [{name: x, threshold: {}}]}] | overload_manager.loadshed_points[0].triggers[0].name: Unknown trigger resource x for loadshed point envoy.load_shed_points.tcp_listener_accept
          actions: [{name: envoy.overload_actions.stop_accepting_requests, triggers: [{name: heap, threshold: {}}], typed_config: {"@type": type.googleapis.com/google.protobuf.Empty}}] | overload_manager.actions[0].typed_config: Overload action name "envoy.overload_actions.stop_accepting_requests" conflicts with its typed config
          actions: [{name: envoy.overload_actions.reduce_timeouts, triggers: [{name: heap, threshold: {}}], typed_config: {"@type": type.googleapis.com/envoy.config.overload.v3.ScaleTimersOverloadActionConfig, timer_scale_factors: [{timer: TRANSPORT_SOCKET_CONNECT, min_timeout: 1s}, {timer: TRANSPORT_SOCKET_CONNECT, min_timeout: 2s}]}}] | overload_manager.actions[0].typed_config.timer_scale_factors[1]: Found duplicate entry for timer type TRANSPORT_SOCKET_CONNECT
          """)
  void refusesWhatCannotBeShedOrShortened(String part, String problem) {
    assertThat(problems(overload(part))).containsExactly(problem);
  }

  @Test
  void readsTheLayersOfTheRuntime() {
    var layers =
        config(
                """
                node: { id: a, cluster: mine }
                layered_runtime:
                  layers:
                  - name: fixed
                    static_layer:
                      a.b: 1
                      c: { d: true, e: "12", f: text }
                      part: { numerator: 3, denominator: MILLION }
                  - name: files
                    disk_layer: { symlink_root: /r, subdirectory: s, append_service_cluster: true }
                  - name: op
                    admin_layer: {}
                """)
            .runtime();

    var part =
        Objects.requireNonNull(((RuntimeLayerSpec.Fixed) layers.getFirst()).values().get("part"));
    assertThat(layers)
        .containsExactly(
            new RuntimeLayerSpec.Fixed(
                "fixed",
                Map.of(
                    "a.b", RuntimeValue.of(1),
                    "c.d", RuntimeValue.of(true),
                    "c.e", RuntimeValue.ofText("12"),
                    "c.f", RuntimeValue.ofText("text"),
                    "part", part)),
            new RuntimeLayerSpec.Disk("files", "/r", "/r/s/mine"),
            new RuntimeLayerSpec.Admin("op"));
    assertThat(part.share()).isEqualTo(new RuntimeValue.Share(3, 1_000_000));
  }

  @Test
  void saysWhatIsWrongWithLayersOfTheRuntime() {
    assertThat(
            problems(
                """
                layered_runtime:
                  layers:
                  - { name: a, admin_layer: {} }
                  - { name: a, admin_layer: {} }
                  - { name: b, static_layer: { list: [1] } }
                  - { name: c }
                """))
        .anySatisfy(text -> assertThat(text).contains("layers[1]: Duplicate layer name: a"))
        .anySatisfy(text -> assertThat(text).contains("Too many admin layers specified"))
        .anySatisfy(text -> assertThat(text).contains("Invalid runtime entry value for list"));
  }

  @Test
  void wantsAControlPlaneForALayerThatComesFromIt() {
    var rtds = "rtds_layer: {name: x, rtds_config: {ads: {}, resource_api_version: V3}}";
    assertThat(problems("{layered_runtime: {layers: [{name: r, " + rtds + "}]}}"))
        .anySatisfy(
            text -> assertThat(text).contains("ads_config: is required where a source is 'ads'"));
  }

  @Test
  void wantsANodeForALayerThatAServiceBrings() {
    var source =
        "api_config_source: {api_type: GRPC, transport_api_version: V3, grpc_services:"
            + " [{envoy_grpc: {cluster_name: x}}]}";
    var rtds = "rtds_layer: {name: x, rtds_config: {resource_api_version: V3, " + source + "}}";
    assertThat(problems("{layered_runtime: {layers: [{name: r, " + rtds + "}]}}"))
        .anySatisfy(text -> assertThat(text).contains("node 'id' and 'cluster' are required"))
        .noneMatch(text -> text.contains("ads_config"));
  }
}

package dev.outrider.proxy.network.tcp_proxy;

import com.google.protobuf.Duration;
import dev.outrider.proxy.config.AccessLogOptions;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.LbMetadataReader;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.network.tcp_proxy.TcpProxySpec.ConnectRules;
import dev.outrider.proxy.network.tcp_proxy.TcpProxySpec.ConnectionClocks;
import dev.outrider.proxy.network.tcp_proxy.TcpProxySpec.Target;
import dev.outrider.proxy.routing.HashPolicy;
import dev.outrider.proxy.routing.HashSource;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import java.util.ArrayList;
import java.util.List;

/// Reads one `TcpProxy`. What would send the bytes elsewhere, or in another form, and is not acted
/// on is refused.
final class TcpProxyReader {
  private static final int MAX_BACK_OFF_FACTOR = 10;

  private final TcpProxy message;
  private final ParseContext context;
  private final List<ConfigProblem> problems;

  /// @param problems takes what is wrong
  TcpProxyReader(TcpProxy message, ParseContext context, List<ConfigProblem> problems) {
    this.message = message;
    this.context = context;
    this.problems = problems;
  }

  /// All but the access logs.
  TcpProxySpec read() {
    refuse(message.hasTunnelingConfig(), "tunneling_config");
    refuse(message.hasOnDemand(), "on_demand");
    refuse(message.getProxyProtocolTlvsCount() > 0, "proxy_protocol_tlvs");
    return new TcpProxySpec(
        message.getStatPrefix(),
        targets(),
        hashPolicies(),
        connects(),
        clocks(),
        List.of(),
        logOptions());
  }

  private void refuse(boolean isSet, String field) {
    if (isSet) {
      problem(field, "is not supported");
    }
  }

  private void problem(String field, String text) {
    problems.add(context.problem(field, text));
  }

  private List<Target> targets() {
    var demands = LbMetadataReader.read(message.getMetadataMatch());
    return switch (message.getClusterSpecifierCase()) {
      case CLUSTER -> List.of(new Target(message.getCluster(), 1, demands));
      case WEIGHTED_CLUSTERS -> {
        var targets = new ArrayList<Target>();
        for (var cluster : message.getWeightedClusters().getClustersList()) {
          targets.add(
              new Target(
                  cluster.getName(),
                  unsigned(cluster.getWeight()),
                  demands.with(LbMetadataReader.read(cluster.getMetadataMatch()))));
        }
        yield targets;
      }
      case CLUSTERSPECIFIER_NOT_SET -> {
        problem("", "one of cluster, weighted_clusters is required");
        yield List.of();
      }
    };
  }

  private List<HashPolicy> hashPolicies() {
    var policies = new ArrayList<HashPolicy>();
    for (var policy : message.getHashPolicyList()) {
      switch (policy.getPolicySpecifierCase()) {
        case SOURCE_IP -> policies.add(new HashPolicy(new HashSource.SourceIp(), false));
        case FILTER_STATE ->
            policies.add(
                new HashPolicy(
                    new HashSource.FilterStateObject(policy.getFilterState().getKey()), false));
        case POLICYSPECIFIER_NOT_SET ->
            problem(
                "hash_policy[" + policies.size() + "]",
                "one of source_ip, filter_state is required");
      }
    }
    return policies;
  }

  private ConnectRules connects() {
    var attempts =
        message.hasMaxConnectAttempts()
            ? Math.min(Integer.MAX_VALUE, unsigned(message.getMaxConnectAttempts().getValue()))
            : ConnectRules.ONCE.attempts();
    if (!message.hasBackoffOptions()) {
      return new ConnectRules((int) attempts, 0, 0);
    }
    var waits = message.getBackoffOptions();
    var base = Math.max(1, millis(waits.getBaseInterval()));
    var max = waits.hasMaxInterval() ? millis(waits.getMaxInterval()) : base * MAX_BACK_OFF_FACTOR;
    if (max < base) {
      problem(
          "backoff_options",
          "max_backoff_interval must be greater or equal to base_backoff_interval");
    }
    return new ConnectRules((int) attempts, base, max);
  }

  private ConnectionClocks clocks() {
    return new ConnectionClocks(
        message.hasIdleTimeout()
            ? millis(message.getIdleTimeout())
            : ConnectionClocks.DEFAULT_IDLE_MILLIS,
        message.hasMaxDownstreamConnectionDuration()
            ? Math.max(1, millis(message.getMaxDownstreamConnectionDuration()))
            : 0,
        message.getMaxDownstreamConnectionDurationJitterPercentage().getValue());
  }

  @SuppressWarnings("deprecation") // the older fields are still written
  private AccessLogOptions logOptions() {
    if (!message.hasAccessLogOptions()) {
      return new AccessLogOptions(
          message.getFlushAccessLogOnConnected(),
          false,
          millis(message.getAccessLogFlushInterval()));
    }
    onlyOne(message.getFlushAccessLogOnConnected(), "flush_access_log_on_connected");
    onlyOne(message.hasAccessLogFlushInterval(), "access_log_flush_interval");
    var options = message.getAccessLogOptions();
    return new AccessLogOptions(
        options.getFlushAccessLogOnConnected(), false, millis(options.getAccessLogFlushInterval()));
  }

  private void onlyOne(boolean isSet, String field) {
    if (isSet) {
      problem("", "Only one of " + field + " or access_log_options can be specified.");
    }
  }

  private static long unsigned(int value) {
    return Integer.toUnsignedLong(value);
  }

  private static long millis(Duration duration) {
    return duration.getSeconds() * 1_000 + duration.getNanos() / 1_000_000;
  }
}

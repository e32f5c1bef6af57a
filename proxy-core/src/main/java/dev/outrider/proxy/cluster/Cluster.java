package dev.outrider.proxy.cluster;

import dev.outrider.proxy.tls.ClientTls;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A named group of endpoints and how to talk to them (Envoy cluster.v3.Cluster).
///
/// @param statName the name in statistics: `alt_stat_name`, or `name` where that is empty
/// @param connectTimeout more than zero
/// @param perConnectionBufferLimitBytes 0 = no limit
/// @param healthyPanicPercent below this share of healthy endpoints all are used; 0..100
/// @param addedViaApi true if it came over xDS
/// @param tls what its connections are secured with; null = plain text
public record Cluster(
    String name,
    String statName,
    Discovery discovery,
    LbPolicy lbPolicy,
    Duration connectTimeout,
    int perConnectionBufferLimitBytes,
    CircuitBreakers breakers,
    UpstreamHttpOptions http,
    int healthyPanicPercent,
    boolean addedViaApi,
    Metadata metadata,
    @Nullable ClientTls tls) {
  public static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(5);
  public static final int DEFAULT_BUFFER_LIMIT_BYTES = 1 << 20;
  public static final int DEFAULT_HEALTHY_PANIC_PERCENT = 50;

  /// Of which nothing is said.
  public Cluster(
      String name,
      String statName,
      Discovery discovery,
      LbPolicy lbPolicy,
      Duration connectTimeout,
      int perConnectionBufferLimitBytes,
      CircuitBreakers breakers,
      UpstreamHttpOptions http,
      int healthyPanicPercent,
      boolean addedViaApi) {
    this(
        name,
        statName,
        discovery,
        lbPolicy,
        connectTimeout,
        perConnectionBufferLimitBytes,
        breakers,
        http,
        healthyPanicPercent,
        addedViaApi,
        Metadata.NONE,
        null);
  }

  /// In plain text.
  public Cluster(
      String name,
      String statName,
      Discovery discovery,
      LbPolicy lbPolicy,
      Duration connectTimeout,
      int perConnectionBufferLimitBytes,
      CircuitBreakers breakers,
      UpstreamHttpOptions http,
      int healthyPanicPercent,
      boolean addedViaApi,
      Metadata metadata) {
    this(
        name,
        statName,
        discovery,
        lbPolicy,
        connectTimeout,
        perConnectionBufferLimitBytes,
        breakers,
        http,
        healthyPanicPercent,
        addedViaApi,
        metadata,
        null);
  }

  /// The same, secured.
  public Cluster with(ClientTls newTls) {
    return new Cluster(
        name,
        statName,
        discovery,
        lbPolicy,
        connectTimeout,
        perConnectionBufferLimitBytes,
        breakers,
        http,
        healthyPanicPercent,
        addedViaApi,
        metadata,
        newTls);
  }

  /// A cluster with Envoy's defaults.
  public static Cluster withDefaults(String name, Discovery discovery) {
    return new Cluster(
        name,
        name,
        discovery,
        LbPolicy.ROUND_ROBIN,
        DEFAULT_CONNECT_TIMEOUT,
        DEFAULT_BUFFER_LIMIT_BYTES,
        CircuitBreakers.DEFAULT,
        UpstreamHttpOptions.DEFAULT,
        DEFAULT_HEALTHY_PANIC_PERCENT,
        false,
        Metadata.NONE,
        null);
  }
}

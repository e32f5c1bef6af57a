package dev.outrider.proxy.stream;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.Locality;
import dev.outrider.proxy.cluster.Metadata;
import dev.outrider.proxy.tls.TlsInfo;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Where an exchange went. One thread; recycled with its stream.
public final class UpstreamInfo {
  private @Nullable HostPort host;
  private @Nullable HostPort localAddress;
  private String hostname = "";
  private Locality locality = Locality.NONE;
  private Metadata hostMetadata = Metadata.NONE;
  private Metadata localityMetadata = Metadata.NONE;
  private String transportFailure = "";
  private @Nullable TlsInfo tls;
  private long connectionId;
  private long poolReadyNanos = -1;

  // The first attempt. Few exchanges have another: a list for each would be a hundred bytes.
  private @Nullable HostPort firstHost;
  private String firstName = "";
  private long firstConnection;
  private @Nullable LaterAttempts later;
  private @Nullable Protocol protocol;
  private int attempts;
  private int endpoints;

  /// A new attempt goes to `newHost`; what the last one knew is forgotten but the number of
  /// attempts.
  public void attempt(HostPort newHost, String newHostname) {
    host = newHost;
    hostname = newHostname;
    described(Locality.NONE, Metadata.NONE, Metadata.NONE);
    localAddress = null;
    transportFailure = "";
    tls = null;
    connectionId = 0;
    poolReadyNanos = -1;
    protocol = null;
  }

  /// What the configuration says about the host of this attempt.
  public void described(Locality newLocality, Metadata ofHost, Metadata ofLocality) {
    locality = newLocality;
    hostMetadata = ofHost;
    localityMetadata = ofLocality;
  }

  /// An attempt begins, whether or not a host will be found for it.
  public void countAttempt() {
    attempts++;
  }

  public void connected(HostPort ownAddress, long id) {
    localAddress = host != null && host.isPipe() ? null : ownAddress; // a pipe gives it none
    connectionId = id;
  }

  /// It is tried on a host.
  ///
  /// @param name empty if the endpoint has none
  public void tried(HostPort host, String name) {
    if (firstHost == null) {
      firstHost = host;
      firstName = name;
    } else {
      later().add(host, name);
    }
  }

  /// One of the hosts that it is tried on has given it a connection.
  public void triedOver(long id) {
    if (firstConnection == 0) {
      firstConnection = id;
    } else {
      later().connected(id);
    }
  }

  private LaterAttempts later() {
    if (later == null) {
      later = new LaterAttempts();
    }
    return later;
  }

  /// How many hosts it was tried on.
  public int triedHosts() {
    return firstHost == null ? 0 : later == null ? 1 : 1 + later.count();
  }

  /// In order, the first has index 0.
  public HostPort triedHost(int index) {
    return index == 0 ? Objects.requireNonNull(firstHost) : later().host(index - 1);
  }

  /// Empty if the endpoint has none.
  public String triedName(int index) {
    return index == 0 ? firstName : later().name(index - 1);
  }

  /// How many connections that brought.
  public int triedConnections() {
    return firstConnection == 0 ? 0 : later == null ? 1 : 1 + later.connectionCount();
  }

  public long triedConnection(int index) {
    return index == 0 ? firstConnection : later().connection(index - 1);
  }

  /// What the connection of the attempt speaks.
  public void protocol(Protocol version) {
    protocol = version;
  }

  /// Null without a connection, or one of HTTP.
  public @Nullable Protocol protocol() {
    return protocol;
  }

  /// How the connection of the attempt is secured.
  public void secured(TlsInfo info) {
    tls = info;
  }

  /// Null if it is not secured, or not there.
  public @Nullable TlsInfo tls() {
    return tls;
  }

  /// How long the attempt waited for its connection, or for there to be none.
  public void poolReady(long nanos) {
    poolReadyNanos = nanos;
  }

  /// -1 while it waits.
  public long poolReadyNanos() {
    return poolReadyNanos;
  }

  /// Why no connection came about, in Envoy's words; blanks become underscores in the log.
  public void transportFailed(String reason) {
    transportFailure = reason;
  }

  /// How many endpoints the cluster had at the pick.
  public void endpointCount(int count) {
    endpoints = count;
  }

  /// Null until a host was picked.
  public @Nullable HostPort host() {
    return host;
  }

  /// Empty if the endpoint has no name.
  public String hostname() {
    return hostname;
  }

  public Locality locality() {
    return locality;
  }

  public Metadata hostMetadata() {
    return hostMetadata;
  }

  public Metadata localityMetadata() {
    return localityMetadata;
  }

  public @Nullable HostPort localAddress() {
    return localAddress;
  }

  /// Empty if there was none.
  public String transportFailure() {
    return transportFailure;
  }

  /// 0 if there is none.
  public long connectionId() {
    return connectionId;
  }

  public int attempts() {
    return attempts;
  }

  public int endpoints() {
    return endpoints;
  }

  void reset() {
    host = null;
    localAddress = null;
    hostname = "";
    described(Locality.NONE, Metadata.NONE, Metadata.NONE);
    transportFailure = "";
    tls = null;
    connectionId = 0;
    poolReadyNanos = -1;
    protocol = null;
    firstHost = null;
    firstName = "";
    firstConnection = 0;
    if (later != null) {
      later.reset();
    }
    attempts = 0;
    endpoints = 0;
  }
}

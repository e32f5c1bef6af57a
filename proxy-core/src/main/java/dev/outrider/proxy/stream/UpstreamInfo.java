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

  /// Made for the second attempt: few exchanges have one.
  private @Nullable AttemptHistory history;

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

  /// Another attempt is about to be made; before it is told of by [#attempt].
  ///
  /// @param newHostname empty if the endpoint has none
  public void tries(HostPort newHost, String newHostname) {
    if (host == null) {
      return; // the first, and all there is as long as there is no other
    }
    if (history == null) {
      history = new AttemptHistory();
    }
    if (history.hosts() == 0) {
      history.add(host, hostname);
      if (connectionId != 0) {
        history.connected(connectionId);
      }
    }
    history.add(newHost, newHostname);
  }

  /// One of several attempts has its connection.
  public void triedOver(long id) {
    if (severalTried()) {
      history().connected(id);
    }
  }

  private boolean severalTried() {
    return history != null && history.hosts() > 0;
  }

  private AttemptHistory history() {
    return Objects.requireNonNull(history, "only one attempt");
  }

  /// How many hosts it was tried on.
  public int triedHosts() {
    return severalTried() ? history().hosts() : host == null ? 0 : 1;
  }

  /// In order, the first has index 0.
  public HostPort triedHost(int index) {
    return severalTried() ? history().host(index) : Objects.requireNonNull(host, "not tried");
  }

  /// Empty if the endpoint has none.
  public String triedName(int index) {
    return severalTried() ? history().name(index) : hostname;
  }

  /// How many connections that brought.
  public int triedConnections() {
    return severalTried() ? history().connections() : connectionId == 0 ? 0 : 1;
  }

  public long triedConnection(int index) {
    return severalTried() ? history().connection(index) : connectionId;
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
    if (history != null) {
      history.reset();
    }
    attempts = 0;
    endpoints = 0;
  }
}

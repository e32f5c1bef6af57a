package dev.outrider.proxy.downstream.arrival;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.ProxyTlv;
import dev.outrider.proxy.stream.ConnectionAddresses;
import dev.outrider.proxy.stream.Detected;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A connection that was accepted and has no filter chain yet: what its listener filters have found
/// out so far. Owned by its loop.
public final class Arrival {
  private final HostPort directRemote;
  private final Supplier<@Nullable HostPort> originalDestination;
  private HostPort local;
  private HostPort remote;
  private boolean localRestored;
  private String transportProtocol = "";
  private String serverName = "";
  private List<String> applicationProtocols = List.of();
  private List<ProxyTlv> tlvs = List.of();

  /// @param originalDestination asks the system where a redirected connection was to go; null if it
  ///   was not redirected
  public Arrival(
      HostPort local, HostPort remote, Supplier<@Nullable HostPort> originalDestination) {
    this.local = local;
    this.remote = remote;
    this.directRemote = remote;
    this.originalDestination = originalDestination;
  }

  public ConnectionAddresses addresses() {
    return new ConnectionAddresses(local, remote, directRemote, localRestored, tlvs);
  }

  public Detected detected() {
    return transportProtocol.isEmpty() && applicationProtocols.isEmpty()
        ? Detected.NOTHING
        : new Detected(
            transportProtocol.isEmpty() ? Detected.RAW_BUFFER : transportProtocol,
            serverName,
            applicationProtocols);
  }

  public HostPort local() {
    return local;
  }

  /// Whether the client meant another address than that of the socket.
  public boolean localRestored() {
    return localRestored;
  }

  @Nullable HostPort originalDestination() {
    return originalDestination.get();
  }

  void restoreLocal(HostPort address) {
    local = address;
    localRestored = true;
  }

  void tlvs(List<ProxyTlv> kept) {
    tlvs = kept;
  }

  void remote(HostPort client) {
    remote = client;
  }

  boolean isTls() {
    return transportProtocol.equals(Detected.TLS);
  }

  /// It begins with a ClientHello.
  void tls(String name, List<String> protocols) {
    transportProtocol = Detected.TLS;
    serverName = name;
    applicationProtocols = protocols;
  }

  void applicationProtocol(String name) {
    applicationProtocols = List.of(name);
  }
}

package dev.outrider.proxy.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Who is believed about the client's address, and what the next hop is told.
///
/// @param useRemoteAddress the peer is the client (edge); else `detections` find it
/// @param trustedHops proxies in front of us whose `x-forwarded-for` entries are believed
/// @param skipXffAppend do not add our peer to `x-forwarded-for`
/// @param appendPort tell the port that the client connected to as `x-forwarded-port`
/// @param internal clients whose control headers are obeyed
/// @param detections in order; the first that finds an address is believed. Unused at the edge
/// @param scheme replaces what the client said; empty = it stands
/// @param userAgent our own service, which the next hop is told; also the agent where there is
///   none. Null = neither
/// @param via value appended to `via`; empty = no header
/// @param clientCert what it is told about the client's certificate
public record ForwardingOptions(
    boolean useRemoteAddress,
    int trustedHops,
    boolean skipXffAppend,
    boolean appendPort,
    InternalAddresses internal,
    List<AddressDetection> detections,
    String scheme,
    @Nullable ServiceIdentity userAgent,
    String via,
    ClientCertForwarding clientCert) {

  /// Envoy's defaults.
  public static final ForwardingOptions DEFAULT = new ForwardingOptions(false, 0, false, "");

  public ForwardingOptions {
    detections = List.copyOf(detections);
  }

  /// Which tell nothing about certificates.
  public ForwardingOptions(
      boolean useRemoteAddress,
      int trustedHops,
      boolean skipXffAppend,
      boolean appendPort,
      InternalAddresses internal,
      List<AddressDetection> detections,
      String scheme,
      @Nullable ServiceIdentity userAgent,
      String via) {
    this(
        useRemoteAddress,
        trustedHops,
        skipXffAppend,
        appendPort,
        internal,
        detections,
        scheme,
        userAgent,
        via,
        ClientCertForwarding.SANITIZE);
  }

  /// The same, with what is told about certificates.
  public ForwardingOptions with(ClientCertForwarding certificates) {
    return new ForwardingOptions(
        useRemoteAddress,
        trustedHops,
        skipXffAppend,
        appendPort,
        internal,
        detections,
        scheme,
        userAgent,
        via,
        certificates);
  }

  /// The client is the peer, or stands in `x-forwarded-for`.
  public ForwardingOptions(
      boolean useRemoteAddress, int trustedHops, boolean skipXffAppend, String via) {
    this(
        useRemoteAddress,
        trustedHops,
        skipXffAppend,
        false,
        InternalAddresses.NONE,
        List.of(new AddressDetection.Forwarded(trustedHops, List.of(), false)),
        "",
        null,
        via);
  }
}

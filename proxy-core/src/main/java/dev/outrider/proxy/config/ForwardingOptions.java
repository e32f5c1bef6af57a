package dev.outrider.proxy.config;

/// Who is believed about the client's address, and what the next hop is told.
///
/// @param useRemoteAddress the peer is the client (edge); else the address comes from
///   `x-forwarded-for`
/// @param trustedHops proxies in front of us whose `x-forwarded-for` entries are believed
/// @param skipXffAppend do not add our peer to `x-forwarded-for`
/// @param via value appended to `via`; empty = no header
public record ForwardingOptions(
    boolean useRemoteAddress, int trustedHops, boolean skipXffAppend, String via) {

  /// Envoy's defaults.
  public static final ForwardingOptions DEFAULT = new ForwardingOptions(false, 0, false, "");
}

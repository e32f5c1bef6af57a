package dev.outrider.proxy.cluster;

import java.util.List;

/// The PROXY header with which connections to a service begin (Envoy core.v3.ProxyProtocolConfig).
///
/// @param binary version 2; else version 1, which has addresses only
/// @param passed what goes on of that with which the client's own connection began
/// @param added what each of them says, unless its endpoint says something else of the type
public record ProxyHeaderSpec(boolean binary, TlvChoice passed, List<ProxyTlv> added) {
  public ProxyHeaderSpec {
    added = List.copyOf(added);
  }
}

package dev.outrider.proxy.cluster;

import java.util.Set;

/// Which of the things that a PROXY header says go on (Envoy core.v3.ProxyProtocolPassThroughTLVs).
///
/// @param all whatever `types` says
public record TlvChoice(boolean all, Set<Integer> types) {
  public static final TlvChoice NONE = new TlvChoice(false, Set.of());

  public TlvChoice {
    types = Set.copyOf(types);
  }

  public boolean takes(int type) {
    return all || types.contains(type);
  }
}

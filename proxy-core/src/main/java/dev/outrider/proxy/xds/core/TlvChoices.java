package dev.outrider.proxy.xds.core;

import dev.outrider.proxy.cluster.TlvChoice;
import io.envoyproxy.envoy.config.core.v3.ProxyProtocolPassThroughTLVs;
import io.envoyproxy.envoy.config.core.v3.ProxyProtocolPassThroughTLVs.PassTLVsMatchType;
import java.util.HashSet;

/// Reads `core.v3.ProxyProtocolPassThroughTLVs`.
public final class TlvChoices {
  private TlvChoices() {}

  /// What is chosen.
  ///
  /// @param isSet false = nothing goes on
  public static TlvChoice read(boolean isSet, ProxyProtocolPassThroughTLVs message) {
    return isSet
        ? new TlvChoice(
            message.getMatchType() == PassTLVsMatchType.INCLUDE_ALL,
            new HashSet<>(message.getTlvTypeList()))
        : TlvChoice.NONE;
  }
}

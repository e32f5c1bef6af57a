package dev.outrider.proxy.xds.listener;

import dev.outrider.proxy.cluster.IpRange;
import dev.outrider.proxy.listener.ChainMatch;
import dev.outrider.proxy.listener.ChainMatch.SourceType;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.core.v3.CidrRange;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import java.util.ArrayList;
import java.util.List;

/// Reads `listener.v3.FilterChainMatch`.
final class ChainMatchParser {
  private ChainMatchParser() {}

  static ChainMatch parse(FilterChainMatch message, Scope scope) {
    scope.refuse(!message.getAddressSuffix().isEmpty(), "address_suffix");
    scope.refuse(message.hasSuffixLen(), "suffix_len");
    return new ChainMatch(
        message.getDestinationPort().getValue(),
        ranges(message.getPrefixRangesList(), "prefix_ranges", scope),
        serverNames(message, scope),
        message.getTransportProtocol(),
        message.getApplicationProtocolsList(),
        ranges(message.getDirectSourcePrefixRangesList(), "direct_source_prefix_ranges", scope),
        sourceType(message, scope),
        ranges(message.getSourcePrefixRangesList(), "source_prefix_ranges", scope),
        message.getSourcePortsList());
  }

  private static List<String> serverNames(FilterChainMatch message, Scope scope) {
    for (var i = 0; i < message.getServerNamesCount(); i++) {
      var name = message.getServerNames(i);
      if (name.lastIndexOf('*') > 0 || (name.startsWith("*") && !name.startsWith("*."))) {
        scope
            .item("server_names", i)
            .problem(
                "partial wildcards are not supported in \"server_names\": '%s' is neither a name"
                        .formatted(name)
                    + " nor '*.' and the end of names");
      }
    }
    return message.getServerNamesList();
  }

  private static SourceType sourceType(FilterChainMatch message, Scope scope) {
    return switch (message.getSourceType()) {
      case ANY -> SourceType.ANY;
      case SAME_IP_OR_LOOPBACK -> SourceType.SAME_IP_OR_LOOPBACK;
      case EXTERNAL -> SourceType.EXTERNAL;
      case UNRECOGNIZED -> {
        scope.refuse(true, "source_type");
        yield SourceType.ANY;
      }
    };
  }

  static List<IpRange> ranges(List<CidrRange> messages, String field, Scope scope) {
    var ranges = new ArrayList<IpRange>();
    for (var i = 0; i < messages.size(); i++) {
      var message = messages.get(i);
      try {
        ranges.add(IpRange.of(message.getAddressPrefix(), message.getPrefixLen().getValue()));
      } catch (IllegalArgumentException e) {
        scope.item(field, i).problem("address_prefix", String.valueOf(e.getMessage()));
      }
    }
    return ranges;
  }
}

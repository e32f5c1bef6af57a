package dev.outrider.proxy.xds.route;

import dev.outrider.proxy.runtime.KeyedShare;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.core.v3.RuntimeFractionalPercent;

/// Reads `core.v3.RuntimeFractionalPercent`.
final class SharesParser {
  private SharesParser() {}

  /// Without a default it is none of them, unless the runtime says otherwise.
  static KeyedShare parse(RuntimeFractionalPercent message, Scope scope) {
    var percent = message.getDefaultValue();
    return new KeyedShare(
        message.getRuntimeKey(),
        Integer.toUnsignedLong(percent.getNumerator()),
        switch (percent.getDenominator()) {
          case HUNDRED -> 100;
          case TEN_THOUSAND -> 10_000;
          case MILLION -> 1_000_000;
          case UNRECOGNIZED -> {
            scope.problem(
                "default_value.denominator", "value must be one of the defined enum values");
            yield 100;
          }
        });
  }
}

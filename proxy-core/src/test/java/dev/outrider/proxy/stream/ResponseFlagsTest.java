package dev.outrider.proxy.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import org.junit.jupiter.api.Test;

class ResponseFlagsTest {
  private final ResponseFlags flags = new ResponseFlags();

  @Test
  void keepsTheOrderInWhichFlagsWereRaised() {
    flags.raise(ResponseFlag.UPSTREAM_RETRY_LIMIT_EXCEEDED);
    flags.raise(ResponseFlag.UPSTREAM_REQUEST_TIMEOUT);
    flags.raise(ResponseFlag.UPSTREAM_RETRY_LIMIT_EXCEEDED);
    flags.raise(ResponseFlag.UNCONDITIONAL_DROP_OVERLOAD);

    assertThat(flags.count()).isEqualTo(3);
    assertThat(flags.at(0)).isEqualTo(ResponseFlag.UPSTREAM_RETRY_LIMIT_EXCEEDED);
    assertThat(flags.at(1)).isEqualTo(ResponseFlag.UPSTREAM_REQUEST_TIMEOUT);
    assertThat(flags.at(2)).isEqualTo(ResponseFlag.UNCONDITIONAL_DROP_OVERLOAD);
    assertThat(flags.bits()).isEqualTo(1L << 15 | 1L << 2 | 1L << 29);
  }

  @Test
  void givesEveryFlagABitAndNamesOfItsOwn() {
    var names = new HashSet<String>();
    for (var flag : ResponseFlag.values()) {
      flags.clear();
      flags.raise(flag);
      assertThat(flags.at(0)).isSameAs(flag);
      names.add(flag.shortName());
      names.add(flag.longName());
    }
    assertThat(names).hasSize(2 * ResponseFlag.values().length);
  }

  @Test
  void isEmptyAgainForTheNextStream() {
    var info = new StreamInfo();
    info.flags().raise(ResponseFlag.NO_ROUTE_FOUND);

    info.reset(ConnectionInfo.NONE, 2);

    assertThat(info.flags().isEmpty()).isTrue();
    assertThat(info.flags().count()).isZero();
  }
}

package dev.outrider.proxy.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IpRangeTest {
  private static IpAddress address(String text) {
    return Objects.requireNonNull(IpAddress.parse(text));
  }

  @ParameterizedTest
  @CsvSource({
    "10.1.2.3, 8, 10.0.0.0, 8",
    "10.1.2.3, 33, 10.1.2.3, 32",
    "10.1.2.3, -1, 10.1.2.3, 32",
    "10.1.2.3, 0, 0.0.0.0, 0",
    "fd00::1, 8, fd00::, 8",
    "fd00::1, 129, fd00::1, 128",
    "::ffff:10.1.2.3, 104, 10.0.0.0, 8",
    "::ffff:a01:203, 112, 10.1.0.0, 16",
    "0:0:0:0:0:FFFF:10.1.2.3, 96, 0.0.0.0, 0",
    "::ffff:10.1.2.3, 128, 10.1.2.3, 32",
    "::ffff:10.1.2.3, 200, 10.1.2.3, 32",
    "::ffff:10.1.2.3, -1, 10.1.2.3, 32",
  })
  void isReadAsItIsConfigured(String prefix, int bits, String first, int count) {
    assertThat(IpRange.of(prefix, bits)).isEqualTo(new IpRange(address(first), count));
  }

  @ParameterizedTest
  @CsvSource({"10.255.0.1, true", "::ffff:10.255.0.1, true", "11.0.0.1, false", "::1, false"})
  void ofMappedAddressesHoldsIpv4(String text, boolean inside) {
    assertThat(IpRange.of("::ffff:10.0.0.0", 104).contains(address(text))).isEqualTo(inside);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "x | 8 | malformed IP address: x",
        "'' | 0 | 'malformed IP address: '",
        "::ffff:10.0.0.0 | 0 | ::ffff:10.0.0.0 is an IPv4 address in IPv6: its prefix_len is 96 to"
            + " 128, not 0; or write the IPv4 range",
      })
  void saysWhatIsNoRange(String prefix, int bits, String message) {
    assertThatThrownBy(() -> IpRange.of(prefix, bits)).hasMessage(message);
  }
}

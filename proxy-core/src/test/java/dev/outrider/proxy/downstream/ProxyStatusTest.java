package dev.outrider.proxy.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.attributes.Streams;
import dev.outrider.proxy.config.ProxyStatusOptions;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.stream.ResponseFlag;
import dev.outrider.proxy.stream.StreamInfo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProxyStatusTest {
  private static final HeaderName NAME = HeaderName.of("proxy-status");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "via_upstream | via_upstream",
        "a, b; c=~ | a, b; c=~",
        "\"; error=\"x | \\\"; error=\\\"x",
        "a\\ | a\\\\",
        "\\\" | \\\\\\\"",
        "a\u00e4\u20ac\t\u007fb | a????b",
        "x\u0001y | x?y",
      })
  void detailsAreAString(String details, String written) {
    var info = new StreamInfo();
    info.flags().raise(ResponseFlag.NO_HEALTHY_UPSTREAM);
    info.details(details);
    info.connectionTermination("by \"us\"");
    var head = Streams.head(HeadKind.RESPONSE, ":status", "503");

    ProxyStatus.apply(head, info, new ProxyStatusOptions("p", true, true, true, false));

    assertThat(head.get(NAME))
        .isEqualTo(
            "p; error=destination_unavailable; details=\"" + written + "; by \\\"us\\\"; UH\"");
  }
}

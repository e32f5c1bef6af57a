package dev.outrider.proxy.xds.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.config.GrpcAddress.OfUri;
import dev.outrider.proxy.config.GrpcAddress.Security;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Channels that are made, and never connect.
class UriDialTest {
  private static final Security SYSTEM = new Security(null, null, null);

  private static final ConnectionTap NOBODY =
      new ConnectionTap(
          new ConnectionTap.Watch() {
            @Override
            public void onConnected(int streams) {}

            @Override
            public void onGone() {}
          });

  private static UriDial dial(String uri, @Nullable Security security) {
    return new UriDial(new OfUri(uri, "p", security, null, ""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ipv4:10.0.0.1:1,10.0.0.2:2 | 0 | 10.0.0.1:1
          ipv4:10.0.0.1:1,10.0.0.2:2 | 1 | 10.0.0.2:2
          ipv4:10.0.0.1:1,10.0.0.2:2 | 2 | 10.0.0.1:1
          ipv6:[::1]:1,[::2]:2       | 3 | [::2]:2
          ipv4:10.0.0.1:1            | 7 | 10.0.0.1:1
          dns:///a.test:1            | 1 | a.test:1
          a.test:1                   | 1 | a.test:1
          [::1]:1                    | 0 | [::1]:1
          """)
  void callsEachOfSeveralAddressesInTurn(String uri, int failures, String called) {
    var dialled = dial(uri, null).open(failures, NOBODY);

    assertThat(dialled)
        .isInstanceOfSatisfying(
            Dial.Dialled.Line.class,
            line -> {
              assertThat(line.channel().authority()).isEqualTo(called);
              line.channel().shutdownNow();
            });
  }

  @Test
  void readsItsCredentialsOnce() throws Exception {
    var dial = dial("a.test:1", SYSTEM);

    assertThat(dial.credentials(SYSTEM)).isSameAs(dial.credentials(SYSTEM));
  }
}

package dev.outrider.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrpcTimeoutTest {
  private final HeadStores stores = new HeadStores();

  @ParameterizedTest
  @CsvSource({
    "1H, 3600000",
    "2M, 120000",
    "3S, 3000",
    "4m, 4",
    "5000u, 5",
    "1u, 1",
    "6000000n, 6",
    "1n, 1",
    "0m, 0",
    "99999999m, 99999999",
    "100000000m, -1",
    "5, -1",
    "S, -1",
    "5x, -1",
    "-5S, -1"
  })
  void readsDigitsAndAUnit(String text, long millis) {
    var head = stores.take(HeadKind.REQUEST);
    head.set(HeaderNames.GRPC_TIMEOUT, text);

    assertThat(GrpcTimeout.millis(head)).isEqualTo(millis);
    head.release();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0m",
    "1500, 1500m",
    "99999999, 99999999m",
    "100000000, 100000S",
    "100000000000, 1666666M",
    "1000000000000000, 99999999H"
  })
  void writesTheFinestUnitThatHasRoom(long millis, String text) {
    var head = stores.take(HeadKind.REQUEST);

    GrpcTimeout.set(head, millis);

    assertThat(head.get(HeaderNames.GRPC_TIMEOUT)).isEqualTo(text);
    head.release();
  }
}

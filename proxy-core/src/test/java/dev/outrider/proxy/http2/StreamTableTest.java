package dev.outrider.proxy.http2;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StreamTableTest {
  private static final int LAST = Integer.MAX_VALUE;

  @Test
  void aClientHasNoIdsBehindTheLast() {
    var table = new StreamTable(true, new Http2StreamPool());
    var id = 0;
    while (!table.usedUp()) {
      id = table.nextId();
    }

    assertThat(id).isEqualTo(LAST);
  }

  @Test
  void aServerTakesNoRequestBehindTheLastId() {
    var table = new StreamTable(false, new Http2StreamPool());
    assertThat(table.opens(LAST)).isTrue();

    table.used(LAST);

    assertThat(table.opens(LAST)).isFalse();
    assertThat(table.opens(1)).isFalse();
    assertThat(table.idle(LAST)).isFalse();
  }
}

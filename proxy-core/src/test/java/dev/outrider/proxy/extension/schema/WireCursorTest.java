package dev.outrider.proxy.extension.schema;

import static org.assertj.core.api.Assertions.assertThat;

import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WireCursorTest {

  @Test
  void stepsOverTheFieldsOfAMessage() {
    var wire =
        Cluster.newBuilder()
            .setName("a")
            .setLbPolicy(Cluster.LbPolicy.RANDOM)
            .setAltStatName("stat")
            .build()
            .toByteArray();

    var cursor = new WireCursor(wire);

    assertThat(cursor.next()).isTrue();
    assertThat(cursor.number()).isEqualTo(Cluster.NAME_FIELD_NUMBER);
    assertThat(cursor.text()).isEqualTo("a");
    assertThat(cursor.next()).isTrue();
    assertThat(cursor.number()).isEqualTo(Cluster.LB_POLICY_FIELD_NUMBER);
    assertThat(cursor.value()).isEqualTo(3);
    assertThat(cursor.next()).isTrue();
    assertThat(cursor.text()).isEqualTo("stat");
    assertThat(cursor.next()).isFalse();
    assertThat(cursor.malformed()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  void stopsAtATruncatedMessage(int length) {
    var wire = Cluster.newBuilder().setName("name").build().toByteArray();

    var cursor = new WireCursor(Arrays.copyOf(wire, length));
    while (cursor.next()) {
      assertThat(cursor.text()).isEqualTo("name");
    }

    assertThat(cursor.malformed()).isEqualTo(length < 6);
  }

  @Test
  void endsOnAnyBytes() {
    for (int seed = 0; seed < 20_000; seed++) {
      var wire = new byte[seed % 40];
      new Random(seed).nextBytes(wire);
      int steps = 0;

      for (var cursor = new WireCursor(wire); cursor.next(); steps++) {
        assertThat(cursor.number()).isPositive();
      }

      assertThat(steps).isLessThanOrEqualTo(wire.length);
    }
  }
}

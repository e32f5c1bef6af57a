package dev.outrider.proxy.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.attributes.Streams;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ProxiedIdTest {
  private static StreamInfo connection(long id) {
    var before = Streams.begun().connection();
    var info = new StreamInfo();
    info.reset(new ConnectionInfo(id, before.local(), before.remote()), 1);
    return info;
  }

  @Test
  void isRandomOfEachConnectionAndStaysTheSame() {
    var first = connection(1);
    first.cluster("a", "a");
    var second = connection(2);
    second.cluster("a", "a");

    var id = UUID.fromString(ProxiedId.of(first));

    assertThat(id.version()).isEqualTo(4);
    assertThat(id.variant()).isEqualTo(2);
    assertThat(ProxiedId.of(first)).isEqualTo(id.toString()).isNotEqualTo(ProxiedId.of(second));
  }

  @Test
  void isMissingWhereNothingIsProxiedAndWhereARequestIs() {
    assertThat(ProxiedId.of(connection(1))).isEmpty();
    assertThat(ProxiedId.of(Streams.proxied())).isEmpty();
  }
}

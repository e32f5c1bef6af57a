package dev.outrider.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.AutoSni;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestedNamesTest {
  private static final HeaderName X_NAME = HeaderName.of("x-name");
  private static final AutoSni BOTH = new AutoSni(true, true, X_NAME);

  private final HeadStores heads = new HeadStores(true);
  private final HeaderMap head = heads.take(HeadKind.REQUEST);
  private final RequestedNames names = new RequestedNames();

  @AfterEach
  void release() {
    head.release();
    assertThat(heads.outstanding()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "a.test, a.test, a.test",
    "a.test:80, a.test, a.test",
    "a.test:65536, a.test:65536, a.test:65536",
    "a.test:x, a.test:x, a.test:x",
    "a.test:, a.test:, a.test:",
    "10.0.0.1:80, '', 10.0.0.1",
    "'[::1]:80', '', ::1",
    "'[::1]', '', ::1",
    "UP.test, UP.test, UP.test"
  })
  void asksForTheHostWithoutItsPort(String host, String sni, String san) {
    assertThat(of(host, BOTH)).isEqualTo(new TransportSocketOptions(sni, san));
    assertThat(of(host, new AutoSni(true, false, null)))
        .isEqualTo(new TransportSocketOptions(sni, ""));
    assertThat(of(host, new AutoSni(false, true, null)))
        .isEqualTo(new TransportSocketOptions("", san));
  }

  private TransportSocketOptions of(String host, AutoSni wanted) {
    head.set(HeaderNames.AUTHORITY, host);
    return names.of(head, null, wanted);
  }

  @Test
  void aHeaderStandsForTheHost() {
    head.add(X_NAME, "b.test:1");
    assertThat(of("a.test", BOTH).serverName()).isEqualTo("b.test");

    head.set(X_NAME, "");
    assertThat(of("a.test", BOTH).serverName()).isEqualTo("a.test");

    head.set(X_NAME, "b");
    head.add(X_NAME, "c");
    assertThat(of("a.test", BOTH).serverName()).as("the first").isEqualTo("b");
  }

  @Test
  void asksForTheHostThatTheRouteMakesOfIt() {
    head.set(HeaderNames.AUTHORITY, "a.test");

    var rewritten = names.of(head, "b.test:1", BOTH);
    assertThat(rewritten.serverName()).isEqualTo("b.test");
    assertThat(names.of(head, "b.test:1", BOTH)).isSameAs(rewritten);
    assertThat(of("a.test", BOTH).serverName()).isEqualTo("a.test");
    assertThat(names.of(head, "", BOTH).serverName()).isEqualTo("a.test");

    head.set(X_NAME, "c.test");
    assertThat(names.of(head, "b.test", BOTH).serverName()).isEqualTo("c.test");
  }

  @Test
  void makesNothingWhileTheHostStaysTheSame() {
    var first = of("a.test", BOTH);

    assertThat(of("a.test", BOTH)).isSameAs(first);
    assertThat(of("b.test", BOTH).serverName()).isEqualTo("b.test");
    assertThat(of("b.test", new AutoSni(false, true, null)).serverName()).isEmpty();
  }

  @Test
  void namesHaveNoCase() {
    var one = new TransportSocketOptions("A.test", "b");

    assertThat(one).isEqualTo(new TransportSocketOptions("a.TEST", "B"));
    assertThat(one).hasSameHashCodeAs(new TransportSocketOptions("a.TEST", "B"));
    assertThat(one).isNotEqualTo(new TransportSocketOptions("a.test", ""));
  }
}

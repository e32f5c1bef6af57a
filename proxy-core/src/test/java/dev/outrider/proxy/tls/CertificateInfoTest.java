package dev.outrider.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateInfoTest {
  @TempDir Path folder;

  /// Policies ask for every chunk of a connection.
  @Test
  void keepsWhatPoliciesAskFor() {
    var pair =
        new TestCertificates(folder)
            .signed("a", "ec", "/O=o/CN=a", "DNS:a.test,URI:spiffe://x/a,DNS:b.test");
    var info = new CertificateInfo(KeyEntry.certificates(pair.chain(), "certificate"));

    assertThat(info.subject()).isEqualTo("CN=a,O=o").isSameAs(info.subject());
    assertThat(info.sans(SanType.DNS))
        .containsExactly("a.test", "b.test")
        .isSameAs(info.sans(SanType.DNS));
    assertThat(info.sans(SanType.URI))
        .containsExactly("spiffe://x/a")
        .isSameAs(info.sans(SanType.URI));
    assertThat(info.sans(SanType.EMAIL)).isEmpty();
  }
}

package dev.outrider.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrider.proxy.tls.TestCertificates.Pair;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyEntryTest {
  @TempDir static Path folder;

  private static Pair server;

  @BeforeAll
  static void makeCertificates() {
    server = new TestCertificates(folder).signed("server", "ec", "/CN=a", "DNS:a.test");
  }

  private static KeyEntry of(String text) {
    var both = SecretBytes.inline(text);
    return KeyEntry.of(1, new TlsCertificate(both, both, null));
  }

  @Test
  void takesKeyAndChainFromOneText() {
    var key = server.key().text();
    var chain = server.chain().text();

    assertThat(of(key + chain).names()).containsExactly("a.test");
    assertThat(of(chain + key).names()).containsExactly("a.test");
    assertThat(of(chain + key + chain).chain()).hasSize(2);
  }

  @Test
  void noticesACertificateThatIsCutShort() {
    var chain = server.chain().text();
    var cut = chain + server.key().text() + chain.substring(0, chain.length() / 2);

    assertThatThrownBy(() -> of(cut))
        .isInstanceOf(TlsConfigException.class)
        .hasMessage("Failed to load certificate chain from <inline>");
  }
}

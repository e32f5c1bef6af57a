package dev.outrider.proxy.tls;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslX509KeyManagerFactory;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Provider;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.KeyManagerFactorySpi;
import javax.net.ssl.ManagerFactoryParameters;
import org.jspecify.annotations.Nullable;

/// Brings a [KeyChoice] into the form in which Netty takes one: as something that Java's security
/// finds by name.
final class KeyManagers extends Provider {
  private static final String NAME = "outrider";
  private static final long serialVersionUID = 1; // nobody writes it anywhere

  private KeyManagers(KeyChoice choice) {
    super(NAME, "1", "the keys of one context");
    putService(new One(this, choice));
  }

  /// Native forms of all keys are made now and not at the first handshake: two workers that do that
  /// at once would have Netty's cache hold one for ever.
  static KeyManagerFactory of(KeyChoice choice) {
    var provider = new KeyManagers(choice);
    try {
      if (!OpenSsl.isAvailable()) {
        return KeyManagerFactory.getInstance(NAME, provider);
      }
      var aliases = KeyStore.getInstance("PKCS12");
      aliases.load(null, null);
      for (var entry : choice.entries()) {
        aliases.setCertificateEntry(entry.alias(), entry.leaf());
      }
      var eager = new OpenSslX509KeyManagerFactory(NAME, provider);
      eager.init(aliases, null);
      return eager;
    } catch (GeneralSecurityException | IOException e) {
      throw new TlsConfigException("Failed to load private key", e);
    }
  }

  private static final class One extends Service {
    private final KeyChoice choice;

    One(Provider provider, KeyChoice choice) {
      super(provider, "KeyManagerFactory", NAME, Spi.class.getName(), null, null);
      this.choice = choice;
    }

    @Override
    public Object newInstance(@Nullable Object parameter) {
      return new Spi(choice);
    }
  }

  private static final class Spi extends KeyManagerFactorySpi {
    private final KeyChoice choice;

    Spi(KeyChoice choice) {
      this.choice = choice;
    }

    @Override
    protected void engineInit(@Nullable KeyStore store, char @Nullable [] password) {}

    @Override
    protected void engineInit(ManagerFactoryParameters parameters) {}

    @Override
    protected KeyManager[] engineGetKeyManagers() {
      return new KeyManager[] {choice};
    }
  }
}

package dev.outrider.proxy.tls;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslCachingX509KeyManagerFactory;
import java.security.KeyStore;
import java.security.Provider;
import java.security.Security;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.KeyManagerFactorySpi;
import javax.net.ssl.ManagerFactoryParameters;
import org.jspecify.annotations.Nullable;

/// Wraps a [KeyChoice] as the factory that Netty takes; what BoringSSL needs of a key is made once
/// and not for each handshake.
final class KeyManagers extends KeyManagerFactory {
  private static final Provider PROVIDER = Security.getProviders()[0];

  private KeyManagers(KeyChoice choice) {
    super(new Spi(choice), PROVIDER, "outrider");
  }

  static KeyManagerFactory of(KeyChoice choice) {
    var plain = new KeyManagers(choice);
    return OpenSsl.isAvailable() ? new OpenSslCachingX509KeyManagerFactory(plain) : plain;
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

package dev.outrider.proxy.tls;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/// Makes contexts. Takes milliseconds and native memory: not for a loop. What cannot be made is a
/// [TlsConfigException].
public final class TlsContexts {
  private static final List<String> TLS_1_3_CIPHERS =
      List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

  /// Envoy's: of two in brackets the client chooses.
  private static final List<String> DEFAULT_CIPHERS =
      List.of(
          "[ECDHE-ECDSA-AES128-GCM-SHA256|ECDHE-ECDSA-CHACHA20-POLY1305]",
          "[ECDHE-RSA-AES128-GCM-SHA256|ECDHE-RSA-CHACHA20-POLY1305]",
          "ECDHE-ECDSA-AES256-GCM-SHA384",
          "ECDHE-RSA-AES256-GCM-SHA384");

  private static final List<String> DEFAULT_CURVES = List.of("X25519", "P-256");
  private static final String[] NO_CIPHERS = {};

  /// What a peer may show of itself; it costs our time before anything is known about it.
  private static final int MOST_CERTIFICATE_BYTES = 32 * 1024;

  private TlsContexts() {}

  public static TlsContext server(ServerTlsSpec spec) {
    var identity = spec.identity();
    if (identity.certificates().isEmpty()) {
      throw new TlsConfigException(
          "No TLS certificates found for server context: server contexts require at least one"
              + " certificate");
    }
    var keys = keys(identity.certificates());
    var builder = SslContextBuilder.forServer(KeyManagers.of(new KeyChoice(keys, spec.fullScan())));
    var validation = identity.validation();
    if (validation != null && validation.verifies()) {
      builder.trustManager((TrustManager) new PeerVerifier(validation, false));
      var required = spec.requireClientCertificate() || validation.needsCertificate();
      builder.clientAuth(required ? ClientAuth.REQUIRE : ClientAuth.OPTIONAL);
    } else if (spec.requireClientCertificate()) {
      builder.trustManager(InsecureTrustManagerFactory.INSTANCE); // one must be there, any will do
      builder.clientAuth(ClientAuth.REQUIRE);
    }
    var ssl = build(builder, identity.parameters(), identity.alpn());
    return finished(
        ssl,
        () -> {
          if (OpenSsl.isAvailable()) {
            BoringSsl.server(ssl, spec);
          }
          return new TlsContext(
              ssl,
              keys,
              identity,
              special(identity.parameters()),
              spec.clientCipherOrder(),
              spec.tickets());
        });
  }

  /// Whether a certificate can be shown. Takes milliseconds: not for a loop.
  public static void check(TlsCertificate certificate) {
    KeyEntry.of(0, certificate);
  }

  /// Whether peers can be verified like this. Takes milliseconds: not for a loop.
  public static void check(CertificateValidation validation) {
    new PeerVerifier(validation, false);
  }

  /// The ciphers, if Netty's list cannot say the same.
  private static String special(TlsParameters parameters) {
    var list = String.join(":", groups(parameters));
    return list.contains("[") && OpenSsl.isAvailable() ? list : "";
  }

  /// What connections to a cluster are secured with.
  ///
  /// @param alpn offered where the spec says nothing
  public static TlsContext client(ClientTlsSpec spec, List<String> alpn) {
    var identity = spec.identity();
    if (identity.certificates().size() > 1) {
      throw new TlsConfigException(
          "Multiple TLS certificates are not supported for client contexts");
    }
    var keys = keys(identity.certificates());
    var builder = SslContextBuilder.forClient().endpointIdentificationAlgorithm(null);
    if (!keys.isEmpty()) {
      builder.keyManager(KeyManagers.of(new KeyChoice(keys, true)));
    }
    var validation = identity.validation();
    builder.trustManager( // which takes anyone where nothing is asked, as Envoy without trusted CA
        (TrustManager)
            new PeerVerifier(
                validation == null ? CertificateValidation.NONE : validation, spec.nameIsSni()));
    var ssl =
        build(builder, identity.parameters(), identity.alpn().isEmpty() ? alpn : identity.alpn());
    return finished(
        ssl,
        () -> {
          if (OpenSsl.isAvailable()) {
            BoringSsl.client(ssl, spec);
          }
          return new TlsContext(ssl, keys, identity, special(identity.parameters()), false, true);
        });
  }

  /// Tries the context with an engine that is thrown away: what no engine would take is refused
  /// here, and native memory goes back.
  private static TlsContext finished(SslContext ssl, Supplier<TlsContext> finish) {
    TlsContext context;
    try {
      context = finish.get();
    } catch (RuntimeException e) {
      ReferenceCountUtil.release(ssl);
      throw e;
    }
    try {
      var engine = ssl.newEngine(UnpooledByteBufAllocator.DEFAULT);
      try {
        context.prepare(engine);
      } finally {
        ReferenceCountUtil.release(engine);
      }
      return context;
    } catch (RuntimeException e) {
      context.retire(); // it owns the memory by now
      throw e;
    }
  }

  private static List<KeyEntry> keys(List<TlsCertificate> certificates) {
    var keys = new ArrayList<KeyEntry>();
    for (var certificate : certificates) {
      keys.add(KeyEntry.of(keys.size(), certificate));
    }
    return keys;
  }

  private static SslContext build(
      SslContextBuilder builder, TlsParameters parameters, List<String> alpn) {
    builder.protocols(protocols(parameters));
    builder.applicationProtocolConfig(protocolConfig(alpn));
    if (OpenSsl.isAvailable()) {
      builder.sslProvider(SslProvider.OPENSSL_REFCNT);
      builder.option(OpenSslContextOption.USE_TASKS, false); // verifying is not given away
      builder.option(OpenSslContextOption.MAX_CERTIFICATE_LIST_BYTES, MOST_CERTIFICATE_BYTES);
      builder.option(
          OpenSslContextOption.GROUPS,
          (parameters.curves().isEmpty() ? DEFAULT_CURVES : parameters.curves())
              .toArray(NO_CIPHERS));
      builder.ciphers(ciphers(parameters), IdentityCipherSuiteFilter.INSTANCE);
    } else {
      builder.sslProvider(SslProvider.JDK);
      if (!parameters.ciphers().isEmpty()) {
        builder.ciphers(ciphers(parameters), SupportedCipherSuiteFilter.INSTANCE);
      }
    }
    try {
      return builder.build();
    } catch (SSLException | IllegalArgumentException e) {
      throw new TlsConfigException("Failed to initialize TLS context: " + reason(e), e);
    }
  }

  private static String reason(Throwable failure) {
    var cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }

  private static List<String> protocols(TlsParameters parameters) {
    var names = new ArrayList<String>();
    for (var version : TlsVersion.values()) {
      if (version.compareTo(parameters.min()) >= 0 && version.compareTo(parameters.max()) <= 0) {
        names.add(version.text());
      }
    }
    if (names.isEmpty()) {
      throw new TlsConfigException(
          "tls_minimum_protocol_version is above tls_maximum_protocol_version");
    }
    return names;
  }

  private static List<String> groups(TlsParameters parameters) {
    return parameters.ciphers().isEmpty() ? DEFAULT_CIPHERS : parameters.ciphers();
  }

  /// Without the groups, which Netty does not understand.
  private static List<String> ciphers(TlsParameters parameters) {
    var all = new ArrayList<>(TLS_1_3_CIPHERS);
    for (var group : groups(parameters)) {
      all.addAll(List.of(group.replaceAll("[\\[\\]]", "").split("\\|")));
    }
    return all;
  }

  private static @Nullable ApplicationProtocolConfig protocolConfig(List<String> alpn) {
    return alpn.isEmpty()
        ? null
        : new ApplicationProtocolConfig(
            Protocol.ALPN,
            SelectorFailureBehavior.NO_ADVERTISE,
            SelectedListenerFailureBehavior.ACCEPT,
            alpn);
  }
}

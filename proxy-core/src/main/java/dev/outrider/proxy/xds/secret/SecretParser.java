package dev.outrider.proxy.xds.secret;

import com.google.protobuf.ByteString;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.tls.TlsConfigException;
import dev.outrider.proxy.tls.TlsContexts;
import dev.outrider.proxy.xds.core.DataSources;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.resource.Resource.SecretResource;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.WatchedDirectory;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.GenericSecret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsSessionTicketKeys;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;

/// Reads `tls.v3.Secret`: puts the content of the files that it names in their places, as Envoy
/// does, so that one version is one thing. In the background.
final class SecretParser {
  private final Scope scope;
  private final Set<String> folders = new LinkedHashSet<>();

  private SecretParser(Scope scope) {
    this.scope = scope;
  }

  static Parsed<SecretResource> parse(Secret message, Scope scope) {
    return new SecretParser(scope).parse(message);
  }

  private Parsed<SecretResource> parse(Secret message) {
    var whole = message.toBuilder();
    switch (message.getTypeCase()) {
      case TLS_CERTIFICATE ->
          whole.setTlsCertificate(
              certificate(message.getTlsCertificate(), scope.field("tls_certificate")));
      case VALIDATION_CONTEXT ->
          whole.setValidationContext(
              validation(message.getValidationContext(), scope.field("validation_context")));
      case SESSION_TICKET_KEYS ->
          whole.setSessionTicketKeys(
              ticketKeys(message.getSessionTicketKeys(), scope.field("session_ticket_keys")));
      case GENERIC_SECRET ->
          whole.setGenericSecret(
              generic(message.getGenericSecret(), scope.field("generic_secret")));
      case TYPE_NOT_SET -> scope.problem("holds no secret");
    }
    var secret = whole.build();
    if (scope.problems().isEmpty()) {
      check(secret);
    }
    return scope.result(new SecretResource(secret, message, folders));
  }

  private TlsCertificate certificate(TlsCertificate message, Scope place) {
    var whole = message.toBuilder();
    if (message.hasCertificateChain()) {
      whole.setCertificateChain(
          content(message.getCertificateChain(), place.field("certificate_chain")));
    }
    if (message.hasPrivateKey()) {
      whole.setPrivateKey(content(message.getPrivateKey(), place.field("private_key")));
    }
    if (message.hasPkcs12()) {
      whole.setPkcs12(content(message.getPkcs12(), place.field("pkcs12")));
    }
    if (message.hasPassword()) {
      whole.setPassword(content(message.getPassword(), place.field("password")));
    }
    watch(message.hasWatchedDirectory(), message.getWatchedDirectory());
    return whole.clearWatchedDirectory().build();
  }

  private CertificateValidationContext validation(
      CertificateValidationContext message, Scope place) {
    var whole = message.toBuilder();
    if (message.hasTrustedCa()) {
      whole.setTrustedCa(content(message.getTrustedCa(), place.field("trusted_ca")));
    }
    if (message.hasCrl()) {
      whole.setCrl(content(message.getCrl(), place.field("crl")));
    }
    watch(message.hasWatchedDirectory(), message.getWatchedDirectory());
    return whole.clearWatchedDirectory().build();
  }

  private TlsSessionTicketKeys ticketKeys(TlsSessionTicketKeys message, Scope place) {
    var whole = TlsSessionTicketKeys.newBuilder();
    for (var i = 0; i < message.getKeysCount(); i++) {
      whole.addKeys(content(message.getKeys(i), place.item("keys", i)));
    }
    return whole.build();
  }

  private GenericSecret generic(GenericSecret message, Scope place) {
    return message.hasSecret()
        ? message.toBuilder().setSecret(content(message.getSecret(), place.field("secret"))).build()
        : message;
  }

  /// Instead of the folders of the files themselves.
  private void watch(boolean isSet, WatchedDirectory folder) {
    if (isSet) {
      folders.clear();
      folders.add(folder.getPath());
    }
  }

  private DataSource content(DataSource source, Scope place) {
    if (source.getSpecifierCase() == DataSource.SpecifierCase.FILENAME) {
      var parent = Path.of(source.getFilename()).getParent();
      folders.add(parent == null ? "." : parent.toString());
    }
    var bytes = DataSources.read(source, place);
    return bytes == null
        ? source
        : DataSource.newBuilder().setInlineBytes(ByteString.copyFrom(bytes.bytes())).build();
  }

  /// What no context could be made of, whoever asks for it.
  private void check(Secret secret) {
    try {
      switch (secret.getTypeCase()) {
        case TLS_CERTIFICATE -> {
          var certificate =
              TlsReader.certificate(secret.getTlsCertificate(), scope.field("tls_certificate"));
          if (certificate != null && scope.problems().isEmpty()) {
            TlsContexts.check(certificate);
          }
        }
        case VALIDATION_CONTEXT -> {
          var message = secret.getValidationContext();
          if (message.hasTrustedCa()) { // else a context may bring it
            var validation = TlsReader.validation(message, scope.field("validation_context"));
            if (scope.problems().isEmpty()) {
              TlsContexts.check(validation);
            }
          }
        }
        case SESSION_TICKET_KEYS, GENERIC_SECRET, TYPE_NOT_SET -> {}
      }
    } catch (TlsConfigException e) {
      scope.problem(String.valueOf(e.getMessage()));
    }
  }
}

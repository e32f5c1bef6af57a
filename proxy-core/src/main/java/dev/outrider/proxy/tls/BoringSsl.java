package dev.outrider.proxy.tls;

import io.netty.handler.ssl.OpenSslServerSessionContext;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.internal.tcnative.SSL;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import javax.net.ssl.SSLEngine;

/// What BoringSSL can do and Netty's builder cannot say. Only called where the library is there.
final class BoringSsl {
  private static final int NAME_BYTES = 16;
  private static final int HMAC_BYTES = 32;
  private static final int AES_BYTES = 32;

  /// Of a configured key (Envoy `TlsSessionTicketKeys`).
  static final int TICKET_KEY_BYTES = NAME_BYTES + HMAC_BYTES + AES_BYTES;

  private static final SecureRandom RANDOM = new SecureRandom();

  private BoringSsl() {}

  static void server(SslContext context, ServerTlsSpec spec) {
    var sessions = (OpenSslSessionContext) context.sessionContext();
    sessions.setSessionCacheEnabled(spec.sessionCache());
    if (spec.sessionTimeoutSeconds() > 0) {
      sessions.setSessionTimeout((int) Math.min(Integer.MAX_VALUE, spec.sessionTimeoutSeconds()));
    }
    if (spec.tickets()) {
      sessions.setTicketKeys(ticketKeys(spec));
    }
    if (sessions instanceof OpenSslServerSessionContext own) {
      own.setSessionIdContext(SessionScope.of(spec));
    }
  }

  /// Asks for a name, whatever stands in it: service meshes use underscores, which
  /// [javax.net.ssl.SNIHostName] does not take.
  static void askFor(SSLEngine engine, String name) {
    SSL.setTlsExtHostName(((ReferenceCountedOpenSslEngine) engine).sslPointer(), name);
  }

  /// The name that a client has asked for; empty if there is none.
  static String askedName(SSLEngine engine) {
    var name = SSL.getSniHostname(((ReferenceCountedOpenSslEngine) engine).sslPointer());
    return name == null ? "" : name;
  }

  static void client(SslContext context, ClientTlsSpec spec) {
    var sessions = (OpenSslSessionContext) context.sessionContext();
    sessions.setSessionCacheEnabled(spec.sessionResumption());
  }

  /// Says what may be negotiated below TLS 1.3, with groups of equal preference, and whose order
  /// decides: of an engine, since a context's own pointer is out of reach.
  static void prepare(SSLEngine engine, String ciphers, boolean clientOrder, boolean tickets) {
    var pointer = ((ReferenceCountedOpenSslEngine) engine).sslPointer();
    try {
      if (!ciphers.isEmpty()) {
        SSL.setCipherSuites(pointer, ciphers, false);
      }
    } catch (Exception e) {
      throw new TlsConfigException("Failed to initialize cipher suites " + ciphers, e);
    }
    if (!tickets) { // Netty allows them for every server
      SSL.setOptions(pointer, SSL.SSL_OP_NO_TICKET);
    }
    if (clientOrder) {
      SSL.clearOptions(pointer, SSL.SSL_OP_CIPHER_SERVER_PREFERENCE);
    }
  }

  static String group(SSLEngine engine) {
    try {
      var name = SSL.getGroupName(((ReferenceCountedOpenSslEngine) engine).sslPointer());
      return name == null ? "" : name;
    } catch (Exception _) {
      return ""; // declared, but never thrown for a living engine
    }
  }

  static boolean resumed(SSLEngine engine) {
    return SSL.isSessionReused(((ReferenceCountedOpenSslEngine) engine).sslPointer());
  }

  /// The keys that are configured, or one for this context, which dies with it.
  private static OpenSslSessionTicketKey[] ticketKeys(ServerTlsSpec spec) {
    var keys = new ArrayList<OpenSslSessionTicketKey>();
    for (var key : spec.ticketKeys()) {
      if (key.bytes().length != TICKET_KEY_BYTES) {
        throw new TlsConfigException(
            "Incorrect TLS session ticket key length. Length %d, expected length %d."
                .formatted(key.bytes().length, TICKET_KEY_BYTES));
      }
      keys.add(ticketKey(key.bytes()));
    }
    if (keys.isEmpty()) {
      var fresh = new byte[TICKET_KEY_BYTES];
      RANDOM.nextBytes(fresh);
      keys.add(ticketKey(fresh));
    }
    return keys.toArray(OpenSslSessionTicketKey[]::new);
  }

  /// BoringSSL's wrapper encrypts with AES-128: half of the configured key is what it takes.
  private static OpenSslSessionTicketKey ticketKey(byte[] bytes) {
    return new OpenSslSessionTicketKey(
        Arrays.copyOfRange(bytes, 0, OpenSslSessionTicketKey.NAME_SIZE),
        Arrays.copyOfRange(bytes, NAME_BYTES, NAME_BYTES + OpenSslSessionTicketKey.HMAC_KEY_SIZE),
        Arrays.copyOfRange(
            bytes,
            NAME_BYTES + HMAC_BYTES,
            NAME_BYTES + HMAC_BYTES + OpenSslSessionTicketKey.AES_KEY_SIZE));
  }
}

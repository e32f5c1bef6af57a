package dev.outrider.proxy.tls;

import dev.outrider.proxy.metrics.StatOwner;
import dev.outrider.proxy.metrics.StatTemplate;
import dev.outrider.proxy.tls.PeerRefusedException.Reason;

/// What is counted of handshakes: `listener.<address>.ssl.*`, `cluster.<name>.ssl.*`.
public final class TlsStats {
  private static final StatTemplate.Definition STATS = StatTemplate.define();

  public static final int CONNECTION_ERROR = STATS.counter("connection_error");
  public static final int HANDSHAKE = STATS.counter("handshake");
  public static final int SESSION_REUSED = STATS.counter("session_reused");
  public static final int NO_CERTIFICATE = STATS.counter("no_certificate");
  public static final int FAIL_VERIFY_NO_CERT = STATS.counter("fail_verify_no_cert");
  public static final int FAIL_VERIFY_ERROR = STATS.counter("fail_verify_error");
  public static final int FAIL_VERIFY_SAN = STATS.counter("fail_verify_san");
  public static final int FAIL_VERIFY_CERT_HASH = STATS.counter("fail_verify_cert_hash");

  public static final StatTemplate TEMPLATE = STATS.template();

  /// Whatever was wrong has its own counter, or none.
  private static final String VERIFY_FAILED = "CERTIFICATE_VERIFY_FAILED";

  private TlsStats() {}

  /// Counts a handshake that has succeeded.
  ///
  /// @param server no certificate of the peer is worth a count
  public static void succeeded(StatOwner stats, TlsInfo info, boolean server) {
    stats.add(HANDSHAKE, 1);
    if (info.accepted() != null) {
      stats.add(counter(info.accepted()), 1);
    }
    if (info.resumed()) {
      stats.add(SESSION_REUSED, 1);
    }
    if (server && info.peer() == null) {
      stats.add(NO_CERTIFICATE, 1);
    }
    stats.named("ciphers." + info.cipher()).inc();
    stats.named("versions." + info.version()).inc();
    if (!info.group().isEmpty()) {
      stats.named("curves." + info.group()).inc();
    }
  }

  private static int counter(Reason wrong) {
    return switch (wrong) {
      case CHAIN -> FAIL_VERIFY_ERROR;
      case SAN -> FAIL_VERIFY_SAN;
      case HASH -> FAIL_VERIFY_CERT_HASH;
    };
  }

  /// Counts one that has failed. As in Envoy, a connection that just ends is none.
  public static void failed(StatOwner stats, HandshakeFailure failure) {
    var refused = failure.refused();
    if (failure.noCertificate()) {
      stats.add(FAIL_VERIFY_NO_CERT, 1);
    } else if (refused != null) {
      stats.add(counter(refused), 1);
    } else if (!failure.text().isEmpty() && !failure.text().contains(VERIFY_FAILED)) {
      stats.add(CONNECTION_ERROR, 1);
    }
  }
}

package dev.outrider.proxy.tls;

import dev.outrider.proxy.tls.PeerRefusedException.Reason;
import io.netty.handler.ssl.NotSslRecordException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Why a handshake failed.
///
/// @param text Envoy's transport failure reason
/// @param refused what was wrong with the peer's certificate; null if that was not it
/// @param noCertificate the peer had none
public record HandshakeFailure(String text, @Nullable Reason refused, boolean noCertificate) {
  private static final Pattern CODE =
      Pattern.compile("error:([0-9a-fA-F]{8}):([^:]*):([^:]*):([A-Z0-9_]+)");

  public static HandshakeFailure of(Throwable failure) {
    return of(failure, 0);
  }

  /// What a failure means of a peer that may not have spoken TLS at all.
  ///
  /// @param firstBytes the first four that the peer has sent, as a number; 0 = not known
  public static HandshakeFailure of(Throwable failure, int firstBytes) {
    var text = new StringBuilder();
    Reason refused = null;
    var verified = false;
    var found = "";
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof PeerRefusedException exception) {
        refused = exception.reason();
        verified = true;
        text.append(exception.getMessage());
      }
      if (cause instanceof NotSslRecordException && found.isEmpty()) {
        found = plain(firstBytes);
      }
      var code = CODE.matcher(String.valueOf(cause.getMessage()));
      if (found.isEmpty() && code.find()) {
        found =
            "%d:%s:%s:%s"
                .formatted(
                    Long.parseLong(code.group(1), 16), code.group(2), code.group(3), code.group(4));
      }
    }
    if (verified && found.isEmpty()) {
      found = "268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED";
    }
    return new HandshakeFailure(
        found.isEmpty()
            ? ""
            : "TLS_error:|" + found + (text.isEmpty() ? "" : ":" + text) + ":TLS_error_end",
        refused,
        found.endsWith("PEER_DID_NOT_RETURN_A_CERTIFICATE"));
  }

  /// What BoringSSL makes of a first record that is none.
  private static String plain(int firstBytes) {
    return switch (firstBytes) {
      case 0x47455420, 0x504f5354, 0x48454144, 0x50555420 -> // GET, POST, HEAD, PUT
          "268435612:SSL routines:OPENSSL_internal:HTTP_REQUEST";
      case 0x434f4e4e -> "268435611:SSL routines:OPENSSL_internal:HTTPS_PROXY_REQUEST"; // CONN
      default -> "268435703:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER";
    };
  }
}

package dev.outrider.proxy.wasm.foreign;

import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// One block of PEM (RFC 7468).
///
/// @param label `PUBLIC KEY` and the like
@SuppressWarnings("ArrayRecordComponent") // never compared
record PemBlock(String label, byte[] der) {
  private static final String BEGIN = "-----BEGIN ";
  private static final String DASHES = "-----";

  /// The first block with one of the labels, whatever stands before and behind it; null if there is
  /// none, or it is not Base64.
  static @Nullable PemBlock first(String text, String... labels) {
    for (var at = text.indexOf(BEGIN); at >= 0; at = text.indexOf(BEGIN, at + 1)) {
      var labelEnd = text.indexOf(DASHES, at + BEGIN.length());
      var label = labelEnd < 0 ? "" : text.substring(at + BEGIN.length(), labelEnd);
      var end = text.indexOf("-----END " + label + DASHES, at);
      for (var wanted : labels) {
        if (label.equals(wanted) && end > labelEnd) {
          return decode(label, text.substring(labelEnd + DASHES.length(), end));
        }
      }
    }
    return null;
  }

  private static @Nullable PemBlock decode(String label, String body) {
    try {
      return new PemBlock(label, Base64.getMimeDecoder().decode(body));
    } catch (IllegalArgumentException malformed) {
      return null;
    }
  }
}

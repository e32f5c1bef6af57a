package dev.outrider.proxy.pipeline;

import dev.outrider.proxy.config.RequestIdOptions;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;

/// Makes request ids: random UUIDs of version 4 (RFC 9562), whose version digit also says, as in
/// Envoy, that the request is not traced. Belongs to one loop; allocates nothing.
final class RequestIds {
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
  private static final int LENGTH = 36;

  /// Where the digit stands that also says whether the request is traced.
  private static final int VERSION_AT = 14;

  private final RequestIdOptions options;
  private final RandomGenerator random;
  private final byte[] text = new byte[LENGTH];

  RequestIds(RequestIdOptions options, RandomGenerator random) {
    this.options = options;
    this.random = random;
  }

  /// @param edge the client is a stranger: an id of its own does not count, or at least not what it
  ///   says about tracing
  void ensure(HeaderMap head, boolean edge) {
    var line = head.find(HeaderNames.X_REQUEST_ID);
    if (line < 0 || head.valueLength(line) == 0 || (edge && !options.preserveExternal())) {
      setOn(head);
    } else if (edge && options.packTraceReason() && head.valueLength(line) == LENGTH) {
      head.copyValue(line, text, 0);
      text[VERSION_AT] = '4';
      head.set(HeaderNames.X_REQUEST_ID, text, 0, LENGTH);
    }
  }

  private void setOn(HeaderMap head) {
    var high = (random.nextLong() & ~0xf000L) | 0x4000L;
    var low = (random.nextLong() & ~(3L << 62)) | (1L << 63);
    var at = write(high >>> 32, 8, 0);
    at = write(high >>> 16, 4, at);
    at = write(high, 4, at);
    at = write(low >>> 48, 4, at);
    write(low, 12, at);
    head.set(HeaderNames.X_REQUEST_ID, text, 0, LENGTH);
  }

  /// The lowest `digits` digits, and a hyphen where one belongs.
  private int write(long bits, int digits, int from) {
    for (var i = 0; i < digits; i++) {
      text[from + i] = HEX[(int) (bits >>> (4 * (digits - 1 - i))) & 15];
    }
    var next = from + digits;
    if (next < LENGTH) {
      text[next++] = '-';
    }
    return next;
  }
}

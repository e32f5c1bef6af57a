package dev.outrider.bench.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;

/// The service's side of one HTTP/1.1 connection. Requests have no body: four bytes end each.
final class Http1Answers {
  private static final int BLOCK = 65_536;

  private final InputStream in;
  private final OutputStream out;
  private final long bodyBytes;
  private final byte[] whole;

  /// As [Service#Service(long)].
  Http1Answers(InputStream in, OutputStream out, long bodyBytes) {
    this.in = in;
    this.out = out;
    this.bodyBytes = bodyBytes;
    this.whole = head(bodyBytes, (int) Math.min(bodyBytes, Service.KILOBYTE));
  }

  /// A head and the end of the body, so many bytes of it.
  private static byte[] head(long bodyBytes, int tail) {
    var head =
        """
        HTTP/1.1 200 OK
        content-type: text/plain
        cache-control: no-cache
        etag: "33a64df5"
        content-length: %d

        """
            .formatted(bodyBytes)
            .replace("\n", "\r\n")
            .getBytes(US_ASCII);
    var whole = Arrays.copyOf(head, head.length + tail);
    Arrays.fill(whole, head.length, whole.length, (byte) 'x');
    if (bodyBytes == tail) {
      whole[whole.length - 1] = Service.LAST_BYTE;
    }
    return whole;
  }

  void serve() throws IOException {
    var buffer = new byte[8192];
    int seen = 0;
    int read = in.read(buffer);
    while (read > 0) {
      for (int i = 0; i < read; i++) {
        seen = seen << 8 | buffer[i];
        if (seen == 0x0d0a0d0a && bodyBytes > 0) {
          answer();
        }
      }
      read = in.read(buffer);
    }
  }

  private void answer() throws IOException {
    out.write(whole);
    var block = new byte[(int) Math.min(BLOCK, bodyBytes - Math.min(bodyBytes, Service.KILOBYTE))];
    for (long left = bodyBytes - Service.KILOBYTE; left > 0; left -= block.length) {
      out.write(block, 0, (int) Math.min(left, block.length));
    }
  }
}

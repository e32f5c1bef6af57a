package dev.outrider.bench.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/// Encodes the heads of one connection as common clients do: what stays the same is indexed, and
/// three literals are new in every request, two of which go through the table and push the others
/// out in time.
final class RequestHpack {
  private static final int TABLE_BYTES = 4096;
  private static final int ENTRY_OVERHEAD = 32;
  private static final int STATIC_ENTRIES = 61;
  private static final int PATH_NAME = 4;

  private final RequestHeader[] constant;
  private final Map<String, Long> insertedAs = new HashMap<>();
  private final Deque<Integer> sizes = new ArrayDeque<>();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream(512);
  private int tableBytes;
  private long inserted;
  private int requests;

  RequestHpack(RequestHeader header) {
    constant =
        new RequestHeader[] {
          new RequestHeader(":authority", "shop.example.test"),
          new RequestHeader("user-agent", "curl/8.5.0"),
          new RequestHeader("accept", "*/*"),
          new RequestHeader("x-custom", "some value"),
          header
        };
  }

  byte[] next() {
    out.reset();
    requests++;
    out.write(0x82); // :method: GET
    out.write(0x86); // :scheme: http
    integer(0x00, 4, PATH_NAME);
    text("/api/v1/items?page=" + requests);
    for (var field : constant) {
      constant(field);
    }
    out.write(0x90); // accept-encoding: gzip, deflate
    insert(new RequestHeader("x-session", "7c2d2a1e-6f0a-4b1e-9a51-" + (100_000_000 + requests)));
    insert(new RequestHeader("x-span", "00f067aa0ba902b7-" + (100_000_000 + requests)));
    return out.toByteArray();
  }

  private void constant(RequestHeader field) {
    var at = insertedAs.get(field.name());
    if (at != null && at >= inserted - sizes.size()) {
      integer(0x80, 7, STATIC_ENTRIES + (int) (inserted - at));
    } else {
      insertedAs.put(field.name(), inserted);
      insert(field);
    }
  }

  private void insert(RequestHeader field) {
    out.write(0x40);
    text(field.name());
    text(field.value());
    int size = field.name().length() + field.value().length() + ENTRY_OVERHEAD;
    while (tableBytes + size > TABLE_BYTES) {
      tableBytes -= sizes.removeFirst();
    }
    sizes.addLast(size);
    tableBytes += size;
    inserted++;
  }

  private void text(String text) {
    integer(0, 7, text.length());
    out.writeBytes(text.getBytes(US_ASCII));
  }

  /// RFC 7541 section 5.1.
  private void integer(int pattern, int bits, int value) {
    int most = (1 << bits) - 1;
    if (value < most) {
      out.write(pattern | value);
      return;
    }
    out.write(pattern | most);
    int rest = value - most;
    for (; rest >= 128; rest >>>= 7) {
      out.write((rest & 127) | 128);
    }
    out.write(rest);
  }
}

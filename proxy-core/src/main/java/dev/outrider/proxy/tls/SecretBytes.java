package dev.outrider.proxy.tls;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The bytes of a certificate, a key or a list, with where they came from. Equal by content; never
/// printed.
///
/// @param bytes lent; not to be changed
/// @param origin a file's name, or `<inline>`
@SuppressWarnings("ArrayRecordComponent") // compared by content below
public record SecretBytes(byte[] bytes, String origin) {
  public static final String INLINE = "<inline>";

  public static SecretBytes inline(String text) {
    return new SecretBytes(text.getBytes(StandardCharsets.UTF_8), INLINE);
  }

  String text() {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SecretBytes that
        && Arrays.equals(bytes, that.bytes)
        && origin.equals(that.origin);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return "[redacted]";
  }
}

package dev.outrider.proxy.http;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// A header name as it is looked up: lower-case bytes with their key computed once. Made at
/// configuration time, never per request. Names that [HeaderNames] knows exist once, and are found
/// in a head without comparing bytes.
public final class HeaderName {
  private final String text;
  private final byte[] bytes;
  private final int key;

  HeaderName(String text, int knownId) {
    this.text = text;
    this.bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    this.key = knownId != 0 ? knownId : HeaderKey.ofUnknown(HeaderKey.hash(bytes, 0, bytes.length));
  }

  /// Folds the case. Throws `IllegalArgumentException` if the text is not a header name (RFC 9110
  /// 5.1, or a known pseudo-header).
  public static HeaderName of(String name) {
    var lower = name.toLowerCase(Locale.ROOT);
    var bytes = lower.getBytes(StandardCharsets.UTF_8);
    var known = HeaderNames.lookup(bytes, 0, bytes.length, HeaderKey.hash(bytes, 0, bytes.length));
    if (known != null) {
      return known;
    }
    if (!HeaderSyntax.isName(bytes, 0, bytes.length)) {
      throw new IllegalArgumentException("not a header name: '" + name + "'");
    }
    return new HeaderName(lower, 0);
  }

  public int length() {
    return bytes.length;
  }

  public boolean isPseudo() {
    return bytes[0] == ':';
  }

  /// See [HeaderKey].
  public int key() {
    return key;
  }

  /// Borrowed, not to be written to.
  public byte[] bytes() {
    return bytes;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HeaderName name && text.equals(name.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }
}

package dev.outrider.proxy.http.hpack;

import dev.outrider.proxy.http.HeadLines;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;

/// What the last block of one decoder held, gathered while it was decoded: what the rules about
/// whole messages (RFC 9113 8.2 and 8.3) ask for. It covers the pseudo-headers, `host`,
/// `content-length`, everything connection-specific, and the other names that stand in front of
/// [dev.outrider.proxy.http.HeaderNames].
public final class FieldReport {
  private static final int COVERED = 63;

  private long seen;
  private long repeated;
  private boolean fieldSeen;
  private boolean pseudoBehindField;

  FieldReport() {}

  /// Whether the block had a field of that name, even one that was not taken into the head.
  public boolean has(HeaderName name) {
    assert covers(name.key());
    return (seen & bit(name.key())) != 0;
  }

  public boolean hasAny(NameSet names) {
    return (seen & names.bits()) != 0;
  }

  public boolean hasAll(NameSet names) {
    return (seen & names.bits()) == names.bits();
  }

  /// Whether that name came more than once.
  public boolean repeats(HeaderName name) {
    assert covers(name.key());
    return (repeated & bit(name.key())) != 0;
  }

  /// Whether one of these names came more than once.
  public boolean repeatsAny(NameSet names) {
    return (repeated & names.bits()) != 0;
  }

  public boolean pseudoBehindField() {
    return pseudoBehindField;
  }

  void clear() {
    seen = 0;
    repeated = 0;
    fieldSeen = false;
    pseudoBehindField = false;
  }

  /// A `host` that stands for the authority is told as both.
  void addAuthority() {
    seen |= bit(HeaderNames.AUTHORITY.key());
  }

  void add(int key) {
    if (HeadLines.isPseudo(key)) {
      pseudoBehindField |= fieldSeen;
    } else {
      fieldSeen = true;
    }
    if (covers(key)) {
      repeated |= seen & bit(key);
      seen |= bit(key);
    }
  }

  static boolean covers(int key) {
    return key > 0 && key <= COVERED;
  }

  static long bit(int key) {
    return 1L << key;
  }
}

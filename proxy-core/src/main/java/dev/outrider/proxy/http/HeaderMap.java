package dev.outrider.proxy.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The head (or the trailers) of one message: ordered, multi-value, names lower-case,
/// pseudo-headers first. Owned by one loop.
///
/// A reader walks *lines*: numbers from 0 to [#lines()] of which some may have been removed
/// ([#live]). A line number stays valid until the next `add`, or `set` of a name that was absent.
///
/// Every edit checks what it is given, and answers `false` (nothing changed) if a byte may not
/// stand there or if this kind of head has no such pseudo-header: nothing in a head can break out
/// of its line when it is serialised.
public final class HeaderMap {
  private final HeadStores home;
  private final HeadLines raw;
  private HeadKind kind = HeadKind.REQUEST;
  private int generation;
  private boolean inUse;

  HeaderMap(HeadStores home) {
    this.home = home;
    this.raw = new HeadLines(home);
  }

  // ---- life

  void start(HeadKind newKind, HeadStore store) {
    kind = newKind;
    inUse = true;
    raw.start(store);
  }

  /// Gives everything back to the loop. The map must not be used afterwards.
  public void release() {
    assert inUse() : "released twice";
    inUse = false;
    generation++;
    raw.release();
    home.giveBack(this);
  }

  /// Changes when the map is released: what a holder remembers in order to recognise a map that is
  /// no longer its own.
  public int generation() {
    return generation;
  }

  public HeadKind kind() {
    return kind;
  }

  /// Returns an independent head with the same lines, which the caller owns.
  public HeaderMap copy() {
    var copy = home.take(kind);
    copy.copyOf(this);
    return copy;
  }

  /// Becomes equal to `other`, whose loop may be another one if nobody edits it meanwhile.
  public void copyOf(HeaderMap other) {
    assert inUse() && other.inUse();
    kind = other.kind;
    raw.copyOf(other.raw);
  }

  public void clear() {
    raw().clear();
  }

  // ---- reading by line

  /// Upper bound of line numbers; removed lines included.
  public int lines() {
    return raw().count();
  }

  public boolean live(int line) {
    return raw().live(line);
  }

  /// Number of live lines, pseudo-headers included.
  public int count() {
    return raw().liveCount();
  }

  /// Sum of the lengths of names and values, as in Envoy's `byteSize`.
  public int byteSize() {
    return raw().byteSize();
  }

  public int nameLength(int line) {
    return raw().nameLength(line);
  }

  public int valueLength(int line) {
    return raw().valueLength(line);
  }

  public void copyName(int line, byte[] target, int offset) {
    raw().copyName(line, target, offset);
  }

  public void copyValue(int line, byte[] target, int offset) {
    raw().copyValue(line, target, offset);
  }

  public byte valueByte(int line, int index) {
    return raw().bytes()[raw.value(line) + index];
  }

  public String name(int line) {
    var key = raw().key(line);
    return HeaderKey.isKnown(key)
        ? HeaderNames.byId(key).toString()
        : new String(
            raw.bytes(), raw.name(line), raw.nameLength(line), StandardCharsets.ISO_8859_1);
  }

  /// UTF-8; malformed bytes are replaced in the text, not in the head.
  public String value(int line) {
    return new String(
        raw().bytes(), raw.value(line), raw.valueLength(line), StandardCharsets.UTF_8);
  }

  /// -1 unless the value consists of digits and fits.
  public long valueAsLong(int line) {
    return Digits.parse(raw().bytes(), raw.value(line), raw.valueLength(line));
  }

  public boolean nameIs(int line, HeaderName name) {
    return find(name, line) == line;
  }

  public boolean nameContains(int line, char ascii) {
    var key = raw().key(line);
    var known = HeaderKey.isKnown(key); // whose name may be nowhere in the array
    var bytes = known ? HeaderNames.byId(key).bytes() : raw.bytes();
    var at = known ? 0 : raw.name(line);
    for (var end = at + raw.nameLength(line); at < end; at++) {
      if (bytes[at] == ascii) {
        return true;
      }
    }
    return false;
  }

  public boolean valueEquals(int line, byte[] expected) {
    return valueLength(line) == expected.length && valueStartsWith(line, expected);
  }

  /// ASCII letters only. `lowerCase` must be lower-case.
  public boolean valueEqualsIgnoreCase(int line, byte[] lowerCase) {
    return Tokens.equalsIgnoreCase(
        raw().bytes(), raw.value(line), raw.valueLength(line), lowerCase);
  }

  public boolean valueStartsWith(int line, byte[] prefix) {
    var value = raw().value(line);
    return raw.valueLength(line) >= prefix.length
        && Arrays.equals(raw.bytes(), value, value + prefix.length, prefix, 0, prefix.length);
  }

  /// The array that [#valueOffset] points into. Borrowed, not to be written to, valid until the
  /// next edit.
  public byte[] array() {
    return raw().bytes();
  }

  public int valueOffset(int line) {
    return raw().value(line);
  }

  // ---- reading by name

  public int find(HeaderName name) {
    return find(name, 0);
  }

  /// First live line with that name at or after `fromLine`, or -1.
  public int find(HeaderName name, int fromLine) {
    var wanted = alias(name);
    return raw().find(wanted.key(), wanted.bytes(), 0, wanted.length(), fromLine);
  }

  /// As [#find(HeaderName, int)], for a name of any case that is only bytes.
  public int find(byte[] name, int offset, int length, int fromLine) {
    var key = HeaderKey.ofAnyCase(name, offset, length);
    if (HeaderKey.isKnown(key)) {
      return find(HeaderNames.byId(key), fromLine);
    }
    for (int line = fromLine, end = raw().count(); line < end; line++) {
      if (raw.key(line) == key && nameEqualsFolded(line, name, offset, length)) {
        return line;
      }
    }
    return -1;
  }

  private boolean nameEqualsFolded(int line, byte[] name, int offset, int length) {
    if (raw.nameLength(line) != length) {
      return false;
    }
    var bytes = raw.bytes();
    for (int i = 0, own = raw.name(line); i < length; i++) {
      if (bytes[own + i] != HeaderSyntax.fold(name[offset + i])) {
        return false;
      }
    }
    return true;
  }

  public boolean contains(HeaderName name) {
    return find(name, 0) >= 0;
  }

  /// The first value.
  public @Nullable String get(HeaderName name) {
    var line = find(name, 0);
    return line < 0 ? null : value(line);
  }

  public List<String> getAll(HeaderName name) {
    var values = new ArrayList<String>();
    for (var line = find(name, 0); line >= 0; line = find(name, line + 1)) {
      values.add(value(line));
    }
    return values;
  }

  /// Allocates nothing for a method that is known.
  public @Nullable String method() {
    var line = find(HeaderNames.METHOD, 0);
    return line < 0 ? null : Methods.text(raw.bytes(), raw.value(line), raw.valueLength(line));
  }

  public @Nullable String path() {
    return get(HeaderNames.PATH);
  }

  public @Nullable String authority() {
    return get(HeaderNames.AUTHORITY);
  }

  public @Nullable String scheme() {
    return get(HeaderNames.SCHEME);
  }

  /// 0 if there is none.
  public int status() {
    var line = find(HeaderNames.STATUS, 0);
    return line < 0 ? 0 : (int) valueAsLong(line);
  }

  // ---- edits

  public boolean setStatus(int status) {
    return set(HeaderNames.STATUS, status);
  }

  public boolean add(HeaderName name, CharSequence value) {
    return put(name, value, false);
  }

  /// Replaces the first line with that name and removes the others, or appends.
  public boolean set(HeaderName name, CharSequence value) {
    return put(name, value, true);
  }

  /// In decimal digits. Negative values are refused.
  public boolean set(HeaderName given, long value) {
    var name = alias(given);
    var start = raw().stage(name.bytes(), 0, name.length(), Digits.MAX_LENGTH);
    return value >= 0
        && commit(name.key(), name.length(), start, Digits.write(value, raw.bytes(), start), true);
  }

  /// `value` must not be [#array].
  public boolean add(HeaderName name, byte[] value, int offset, int length) {
    return put(name, value, offset, length, false);
  }

  /// `value` must not be [#array].
  public boolean set(HeaderName name, byte[] value, int offset, int length) {
    return put(name, value, offset, length, true);
  }

  /// As `set`, but behind what the first line says already, with `separator` between the two.
  /// Allocates nothing.
  public boolean append(HeaderName given, String separator, CharSequence value) {
    var line = find(given, 0);
    if (line < 0) {
      return set(given, value);
    }
    var name = alias(given);
    var old = raw().valueLength(line);
    var most = old + (separator.length() + value.length()) * 3;
    var start = raw.stage(name.bytes(), 0, name.length(), most);
    System.arraycopy(raw.bytes(), raw.value(line), raw.bytes(), start, old);
    var end = start + old;
    end += Utf8Encoder.write(separator, raw.bytes(), end);
    end += Utf8Encoder.write(value, raw.bytes(), end);
    return commit(name.key(), name.length(), start, end - start, true);
  }

  /// Returns the number of lines removed.
  public int remove(HeaderName name) {
    var before = raw().liveCount();
    for (var line = find(name, 0); line >= 0; line = find(name, line + 1)) {
      raw.remove(line);
    }
    return before - raw.liveCount();
  }

  public void removeLine(int line) {
    raw().remove(line);
  }

  /// For guests: the name may have any case.
  public boolean add(
      byte[] name, int nameOffset, int nameLength, byte[] value, int offset, int length) {
    return put(name, nameOffset, nameLength, value, offset, length, false);
  }

  /// As `set`, for guests.
  public boolean replace(
      byte[] name, int nameOffset, int nameLength, byte[] value, int offset, int length) {
    return put(name, nameOffset, nameLength, value, offset, length, true);
  }

  /// As [#remove(HeaderName)], for guests.
  public int remove(byte[] name, int offset, int length) {
    var before = raw().liveCount();
    for (var line = find(name, offset, length, 0);
        line >= 0;
        line = find(name, offset, length, line + 1)) {
      raw.remove(line);
    }
    return before - raw.liveCount();
  }

  private boolean put(HeaderName given, CharSequence value, boolean replace) {
    var name = alias(given);
    var start = raw().stage(name.bytes(), 0, name.length(), value.length() * 3);
    return commit(
        name.key(), name.length(), start, Utf8Encoder.write(value, raw.bytes(), start), replace);
  }

  private boolean put(HeaderName given, byte[] value, int offset, int length, boolean replace) {
    var name = alias(given);
    var start = raw().stage(name.bytes(), 0, name.length(), length);
    System.arraycopy(value, offset, raw.bytes(), start, length);
    return commit(name.key(), name.length(), start, length, replace);
  }

  private boolean put(
      byte[] name,
      int nameOffset,
      int nameLength,
      byte[] value,
      int offset,
      int length,
      boolean replace) {
    var key = HeaderKey.ofAnyCase(name, nameOffset, nameLength);
    if (HeaderKey.isKnown(key)) {
      return put(HeaderNames.byId(key), value, offset, length, replace);
    }
    if (!HeaderSyntax.isName(name, nameOffset, nameLength)) {
      return false;
    }
    var start = raw().stage(name, nameOffset, nameLength, length);
    HeaderSyntax.fold(raw.bytes(), raw.tail(), nameLength);
    System.arraycopy(value, offset, raw.bytes(), start, length);
    return commit(key, nameLength, start, length, replace);
  }

  private boolean commit(
      int key, int nameLength, int valueOffset, int valueLength, boolean replace) {
    if (!kind.allows(key) || !HeaderSyntax.fits(key, raw.bytes(), valueOffset, valueLength)) {
      return false;
    }
    raw.commit(key, nameLength, valueLength, replace);
    return true;
  }

  // ---- inside

  /// For the codecs.
  public HeadLines raw() {
    assert inUse();
    return raw;
  }

  private boolean inUse() {
    assert inUse : "head used after release";
    return inUse;
  }

  private HeaderName alias(HeaderName name) {
    return name.key() == HeaderNames.HOST_ID && kind == HeadKind.REQUEST
        ? HeaderNames.AUTHORITY
        : name;
  }

  /// For logs and debuggers; allocates.
  @Override
  public String toString() {
    if (!inUse) {
      return "(released head)";
    }
    var text = new StringBuilder();
    for (var line = 0; line < lines(); line++) {
      if (live(line)) {
        text.append(name(line)).append(": ").append(value(line)).append('\n');
      }
    }
    return text.toString();
  }
}

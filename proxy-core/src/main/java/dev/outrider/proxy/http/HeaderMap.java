package dev.outrider.proxy.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The head (or the trailers) of one message: ordered, multi-value, names lower-case,
/// pseudo-headers first. Owned by one loop.
///
/// It is bytes and offsets, see package-info. A reader walks *lines*: numbers from 0 to [#lines()]
/// of which some may have been removed ([#live]). A line number stays valid until the next `add`,
/// or `set` of a name that was absent.
///
/// Every edit checks what it is given, and answers `false` (nothing changed) if a byte may not
/// stand there or if the kind of head has no such pseudo-header: nothing in a head can break out of
/// its line when it is serialised.
public final class HeaderMap {
  /// Ints per line: key, name offset (-1: the bytes of the known name), name length, value offset,
  /// value length.
  static final int STRIDE = 5;

  static final int KEY = 0;
  static final int NAME = 1;
  static final int NAME_LENGTH = 2;
  static final int VALUE = 3;
  static final int VALUE_LENGTH = 4;

  private static final HeadStore NONE = new HeadStore(new byte[0], new int[0], -1);

  private final HeadStores home;
  private HeadStore store = NONE;
  private HeadKind kind = HeadKind.REQUEST;
  private byte[] bytes = NONE.bytes();
  private int[] lines = NONE.lines();
  private int lineCount;
  private int tail;
  private int liveCount;
  private int byteSize;
  private int generation;
  private boolean inUse;

  HeaderMap(HeadStores home) {
    this.home = home;
  }

  // ---- life

  void start(HeadKind newKind, HeadStore newStore) {
    kind = newKind;
    adopt(newStore);
    inUse = true;
    clear();
  }

  /// Gives everything back to the loop. The map must not be used afterwards.
  public void release() {
    assert inUse() : "released twice";
    inUse = false;
    generation++;
    var old = store;
    adopt(NONE);
    lineCount = 0;
    home.giveBack(old);
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

  /// Becomes equal to `other`, which may belong to another loop's stores if nobody edits it
  /// meanwhile.
  public void copyOf(HeaderMap other) {
    assert inUse() && other.inUse();
    clear();
    kind = other.kind;
    room(other.byteSize + 4 * other.liveCount, other.lineCount);
    tail = other.copyLive(bytes, lines);
    lineCount = other.lineCount;
    liveCount = other.liveCount;
    byteSize = other.byteSize;
  }

  public void clear() {
    assert inUse();
    lineCount = 0;
    tail = 0;
    liveCount = 0;
    byteSize = 0;
  }

  // ---- reading by line

  /// Upper bound of line numbers; removed lines included.
  public int lines() {
    return lineCount;
  }

  public boolean live(int line) {
    assert inUse();
    return lines[line * STRIDE] != HeaderKey.REMOVED;
  }

  /// Number of live lines, pseudo-headers included.
  public int count() {
    return liveCount;
  }

  /// Sum of the lengths of names and values, as in Envoy's `byteSize`.
  public int byteSize() {
    return byteSize;
  }

  public int nameLength(int line) {
    return at(line, NAME_LENGTH);
  }

  public int valueLength(int line) {
    return at(line, VALUE_LENGTH);
  }

  public void copyName(int line, byte[] target, int offset) {
    var name = at(line, NAME);
    var from = name < 0 ? HeaderNames.byId(at(line, KEY)).bytes() : bytes;
    System.arraycopy(from, Math.max(name, 0), target, offset, at(line, NAME_LENGTH));
  }

  public void copyValue(int line, byte[] target, int offset) {
    System.arraycopy(bytes, at(line, VALUE), target, offset, at(line, VALUE_LENGTH));
  }

  public byte valueByte(int line, int index) {
    return bytes[at(line, VALUE) + index];
  }

  public String name(int line) {
    var name = at(line, NAME);
    return name < 0 || HeaderKey.isKnown(at(line, KEY))
        ? HeaderNames.byId(at(line, KEY)).toString()
        : new String(bytes, name, at(line, NAME_LENGTH), StandardCharsets.ISO_8859_1);
  }

  /// UTF-8; malformed bytes are replaced in the text, not in the head.
  public String value(int line) {
    return new String(bytes, at(line, VALUE), at(line, VALUE_LENGTH), StandardCharsets.UTF_8);
  }

  /// -1 unless the value consists of digits and fits.
  public long valueAsLong(int line) {
    return Digits.parse(bytes, at(line, VALUE), at(line, VALUE_LENGTH));
  }

  public boolean nameIs(int line, HeaderName name) {
    return matches(line * STRIDE, name);
  }

  public boolean valueEquals(int line, byte[] expected) {
    var value = at(line, VALUE);
    return Arrays.equals(
        bytes, value, value + at(line, VALUE_LENGTH), expected, 0, expected.length);
  }

  /// ASCII letters only. `lowerCase` must be lower-case.
  public boolean valueEqualsIgnoreCase(int line, byte[] lowerCase) {
    return at(line, VALUE_LENGTH) == lowerCase.length && startsWithIgnoreCase(line, lowerCase);
  }

  public boolean valueStartsWith(int line, byte[] prefix) {
    var value = at(line, VALUE);
    return at(line, VALUE_LENGTH) >= prefix.length
        && Arrays.equals(bytes, value, value + prefix.length, prefix, 0, prefix.length);
  }

  /// The array that [#valueOffset] points into. Borrowed, not to be written to, valid until the
  /// next edit.
  public byte[] array() {
    assert inUse();
    return bytes;
  }

  public int valueOffset(int line) {
    return at(line, VALUE);
  }

  // ---- reading by name

  /// First live line with that name at or after `fromLine`, or -1.
  public int find(HeaderName name, int fromLine) {
    assert inUse();
    var wanted = alias(name);
    var end = lineCount * STRIDE;
    for (var at = fromLine * STRIDE; at < end; at += STRIDE) {
      if (matches(at, wanted)) {
        return at / STRIDE;
      }
    }
    return -1;
  }

  public int find(HeaderName name) {
    return find(name, 0);
  }

  /// As [#find(HeaderName, int)], for a name of any case that is only bytes.
  public int find(byte[] name, int offset, int length, int fromLine) {
    assert inUse();
    var key = foldedKey(name, offset, length);
    if (HeaderKey.isKnown(key)) {
      return find(HeaderNames.byId(key), fromLine);
    }
    for (var line = fromLine; line < lineCount; line++) {
      if (lines[line * STRIDE] == key && nameEqualsFolded(line, name, offset, length)) {
        return line;
      }
    }
    return -1;
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

  public @Nullable String method() {
    var line = find(HeaderNames.METHOD, 0);
    return line < 0 ? null : Methods.text(bytes, at(line, VALUE), at(line, VALUE_LENGTH));
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
  public boolean set(HeaderName name, long value) {
    if (value < 0) {
      return false;
    }
    var start = stage(alias(name), Digits.MAX_LENGTH);
    var length = Digits.write(value, bytes, start);
    return commit(alias(name).key(), alias(name).length(), start, length, true);
  }

  public boolean add(HeaderName name, byte[] value, int offset, int length) {
    return put(name, value, offset, length, false);
  }

  public boolean set(HeaderName name, byte[] value, int offset, int length) {
    return put(name, value, offset, length, true);
  }

  /// Returns the number of lines removed.
  public int remove(HeaderName name) {
    var removed = 0;
    for (var line = find(name, 0); line >= 0; line = find(name, line + 1)) {
      removeLine(line);
      removed++;
    }
    return removed;
  }

  public void removeLine(int line) {
    if (live(line)) {
      byteSize -= at(line, NAME_LENGTH) + at(line, VALUE_LENGTH);
      liveCount--;
      lines[line * STRIDE] = HeaderKey.REMOVED;
    }
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

  public int remove(byte[] name, int offset, int length) {
    var removed = 0;
    for (var line = find(name, offset, length, 0);
        line >= 0;
        line = find(name, offset, length, line + 1)) {
      removeLine(line);
      removed++;
    }
    return removed;
  }

  // ---- for the codecs of this package

  /// Offset of the name of a line in [#array], or -1 if it is nowhere there.
  int nameOffset(int line) {
    return at(line, NAME);
  }

  int key(int line) {
    return at(line, KEY);
  }

  /// First free byte: raw bytes of a head that is being read go here.
  int tail() {
    return tail;
  }

  void tail(int newTail) {
    tail = newTail;
  }

  /// Makes sure that `count` bytes fit behind the tail without moving anything. Returns the array,
  /// which may be a new one.
  byte[] rawRoom(int count) {
    if (tail + count > bytes.length) {
      var bigger = home.store(Math.max(tail + count, bytes.length * 2), lines.length / STRIDE);
      System.arraycopy(bytes, 0, bigger.bytes(), 0, tail);
      System.arraycopy(lines, 0, bigger.lines(), 0, lineCount * STRIDE);
      swap(bigger);
    }
    return bytes;
  }

  /// Appends a line whose bytes are in the array already and known to be well formed.
  void appendRaw(int key, int nameOffset, int nameLength, int valueOffset, int valueLength) {
    if ((lineCount + 1) * STRIDE > lines.length) {
      var bigger = home.store(bytes.length, lines.length / STRIDE + 1);
      System.arraycopy(bytes, 0, bigger.bytes(), 0, tail);
      System.arraycopy(lines, 0, bigger.lines(), 0, lineCount * STRIDE);
      swap(bigger);
    }
    write(lineCount++, key, nameOffset, nameLength, valueOffset, valueLength);
  }

  /// Fills a line that was reserved with [#reserve].
  void fill(int line, HeaderName name, int valueOffset, int valueLength) {
    write(line, name.key(), -1, name.length(), valueOffset, valueLength);
  }

  /// Reserves lines at the front, removed for now.
  void reserve(int count) {
    for (var i = 0; i < count; i++) {
      lines[i * STRIDE] = HeaderKey.REMOVED;
    }
    lineCount = count;
  }

  // ---- inside

  private int at(int line, int field) {
    assert inUse() && line < lineCount;
    return lines[line * STRIDE + field];
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

  private boolean matches(int at, HeaderName name) {
    var key = name.key();
    return lines[at] == key
        && (key > 0
            || Arrays.equals(
                bytes,
                lines[at + NAME],
                lines[at + NAME] + lines[at + NAME_LENGTH],
                name.bytes(),
                0,
                name.length()));
  }

  private boolean nameEqualsFolded(int line, byte[] name, int offset, int length) {
    if (at(line, NAME_LENGTH) != length) {
      return false;
    }
    for (int i = 0, own = at(line, NAME); i < length; i++) {
      if (bytes[own + i] != HeaderSyntax.fold(name[offset + i])) {
        return false;
      }
    }
    return true;
  }

  private boolean startsWithIgnoreCase(int line, byte[] lowerCase) {
    for (int i = 0, value = at(line, VALUE); i < lowerCase.length; i++) {
      var b = bytes[value + i];
      if ((b >= 'A' && b <= 'Z' ? b + 32 : b) != lowerCase[i]) {
        return false;
      }
    }
    return true;
  }

  /// Key of a name of any case; of a malformed name, a key that matches nothing or is caught by the
  /// comparison.
  private static int foldedKey(byte[] name, int offset, int length) {
    var hash = 0;
    for (var i = offset; i < offset + length; i++) {
      hash = HeaderKey.next(hash, name[i] == ':' ? ':' : HeaderSyntax.fold(name[i]));
    }
    return HeaderNames.foldedKey(name, offset, length, hash);
  }

  private boolean put(HeaderName given, CharSequence value, boolean replace) {
    var name = alias(given);
    var start = stage(name, value.length() * 3);
    var length = Utf8.write(value, bytes, start);
    return commit(name.key(), name.length(), start, length, replace);
  }

  private boolean put(HeaderName given, byte[] value, int offset, int length, boolean replace) {
    var name = alias(given);
    var start = stage(name, length);
    System.arraycopy(value, offset, bytes, start, length);
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
    if (!HeaderSyntax.isName(name, nameOffset, nameLength)) {
      return false;
    }
    var key = foldedKey(name, nameOffset, nameLength);
    if (HeaderKey.isKnown(key)) {
      return put(HeaderNames.byId(key), value, offset, length, replace);
    }
    room(nameLength + length + 4, 1);
    for (var i = 0; i < nameLength; i++) {
      bytes[tail + i] = HeaderSyntax.fold(name[nameOffset + i]);
    }
    var start = separate(tail + nameLength);
    System.arraycopy(value, offset, bytes, start, length);
    return commit(key, nameLength, start, length, replace);
  }

  /// Writes the name and its separator behind the tail; returns where the value starts.
  private int stage(HeaderName name, int valueLength) {
    assert inUse();
    room(name.length() + valueLength + 4, 1);
    System.arraycopy(name.bytes(), 0, bytes, tail, name.length());
    return separate(tail + name.length());
  }

  private int separate(int at) {
    bytes[at] = ':';
    bytes[at + 1] = ' ';
    return at + 2;
  }

  /// Makes a line of what was staged at the tail.
  private boolean commit(
      int key, int nameLength, int valueOffset, int valueLength, boolean replace) {
    if (!kind.allows(key) || !HeaderSyntax.fits(key, bytes, valueOffset, valueLength)) {
      return false;
    }
    var nameOffset = tail;
    tail = valueOffset + valueLength + 2;
    bytes[tail - 2] = '\r';
    bytes[tail - 1] = '\n';
    var pseudo = bytes[nameOffset] == ':';
    var line = replace || pseudo ? takeOver(key, nameOffset, nameLength) : -1;
    if (line < 0) {
      line = pseudo ? openPseudoLine() : lineCount++;
    }
    write(line, key, nameOffset, nameLength, valueOffset, valueLength);
    return true;
  }

  /// Removes all lines with the staged name; returns the number of the first, or -1.
  private int takeOver(int key, int nameOffset, int nameLength) {
    var first = -1;
    for (var line = 0; line < lineCount; line++) {
      var at = line * STRIDE;
      if (lines[at] == key
          && (key > 0
              || Arrays.equals(
                  bytes,
                  lines[at + NAME],
                  lines[at + NAME] + lines[at + NAME_LENGTH],
                  bytes,
                  nameOffset,
                  nameOffset + nameLength))) {
        removeLine(line);
        first = first < 0 ? line : first;
      }
    }
    return first;
  }

  /// Behind the last pseudo-header, so that they stay in front.
  private int openPseudoLine() {
    var line = lineCount;
    while (line > 0 && !isPseudoKey(lines[(line - 1) * STRIDE])) {
      line--;
    }
    if (line == lineCount || lines[line * STRIDE] != HeaderKey.REMOVED) {
      System.arraycopy(
          lines, line * STRIDE, lines, (line + 1) * STRIDE, (lineCount - line) * STRIDE);
      lineCount++;
    }
    return line;
  }

  static boolean isPseudoKey(int key) {
    return key >= HeaderNames.METHOD_ID && key <= HeaderNames.PROTOCOL_ID;
  }

  private void write(
      int line, int key, int nameOffset, int nameLength, int valueOffset, int valueLength) {
    var at = line * STRIDE;
    lines[at] = key;
    lines[at + NAME] = nameOffset;
    lines[at + NAME_LENGTH] = nameLength;
    lines[at + VALUE] = valueOffset;
    lines[at + VALUE_LENGTH] = valueLength;
    liveCount++;
    byteSize += nameLength + valueLength;
  }

  /// Room for that many more bytes and lines. Growing drops what edits have left behind.
  private void room(int moreBytes, int moreLines) {
    if (tail + moreBytes <= bytes.length && (lineCount + moreLines) * STRIDE <= lines.length) {
      return;
    }
    var live = byteSize + 4 * liveCount;
    var bytesWanted = live + moreBytes <= bytes.length / 2 ? bytes.length : (live + moreBytes) * 2;
    var bigger = home.store(bytesWanted, lineCount + moreLines);
    tail = copyLive(bigger.bytes(), bigger.lines());
    swap(bigger);
  }

  /// Copies lines in wire form, keeping their numbers; returns the new tail.
  private int copyLive(byte[] toBytes, int[] toLines) {
    var at = 0;
    for (var line = 0; line < lineCount; line++) {
      var from = line * STRIDE;
      System.arraycopy(lines, from, toLines, from, STRIDE);
      if (lines[from] != HeaderKey.REMOVED) {
        toLines[from + NAME] = at;
        copyName(line, toBytes, at);
        at += lines[from + NAME_LENGTH];
        toBytes[at++] = ':';
        toBytes[at++] = ' ';
        toLines[from + VALUE] = at;
        copyValue(line, toBytes, at);
        at += lines[from + VALUE_LENGTH];
        toBytes[at++] = '\r';
        toBytes[at++] = '\n';
      }
    }
    return at;
  }

  private void adopt(HeadStore newStore) {
    store = newStore;
    bytes = newStore.bytes();
    lines = newStore.lines();
  }

  private void swap(HeadStore bigger) {
    var old = store;
    adopt(bigger);
    home.giveBack(old);
  }

  /// For logs and debuggers; allocates.
  @Override
  public String toString() {
    if (!inUse) {
      return "(released head)";
    }
    var text = new StringBuilder();
    for (var line = 0; line < lineCount; line++) {
      if (live(line)) {
        text.append(name(line)).append(": ").append(value(line)).append('\n');
      }
    }
    return text.toString();
  }
}

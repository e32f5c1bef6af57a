package dev.outrider.proxy.http;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The bytes of one head and the offsets of its lines in them, see package-info. Checks nothing:
/// [HeaderMap] and the codecs do, and nobody else may use it. Lines that were received or edited
/// stand in the array as they go out: `name: value`, CR, LF.
public final class HeadLines {
  /// Ints per line: key, name offset (-1: the bytes of the known name), name length, value offset,
  /// value length.
  static final int STRIDE = 5;

  private static final int NAME = 1;
  private static final int NAME_LENGTH = 2;
  private static final int VALUE = 3;
  private static final int VALUE_LENGTH = 4;

  /// A bit of [#NAME_LENGTH].
  private static final int NEVER_INDEXED = 1 << 31;

  private static final int MANY_LINES = 64;
  private static final HeadStore NONE = new HeadStore(new byte[0], new int[0], -1);

  private final HeadStores home;
  private HeadStore store = NONE;
  private byte[] bytes = NONE.bytes();
  private int[] lines = NONE.lines();
  private int count;
  private int tail;
  private int liveCount;
  private int byteSize;
  private @Nullable OriginalNames originalNames;

  HeadLines(HeadStores home) {
    this.home = home;
  }

  void start(HeadStore newStore) {
    adopt(newStore);
    clear();
  }

  void release() {
    var old = store;
    adopt(NONE);
    clear();
    home.giveBack(old);
  }

  void clear() {
    count = 0;
    tail = 0;
    liveCount = 0;
    byteSize = 0;
    originalNames = null;
  }

  /// Null unless the head was received by a codec that remembers.
  @Nullable OriginalNames originalNames() {
    return originalNames;
  }

  void originalNames(@Nullable OriginalNames names) {
    originalNames = names;
  }

  void copyOf(HeadLines other) {
    clear();
    room(other.byteSize + 4 * other.liveCount, other.count);
    tail = other.copyLive(bytes, lines);
    count = other.count;
    liveCount = other.liveCount;
    byteSize = other.byteSize;
    originalNames = other.originalNames;
  }

  // ---- reading

  public byte[] bytes() {
    return bytes;
  }

  /// Line numbers end here; removed lines included.
  public int count() {
    return count;
  }

  int liveCount() {
    return liveCount;
  }

  public int byteSize() {
    return byteSize;
  }

  public int key(int line) {
    return at(line, 0);
  }

  boolean live(int line) {
    return at(line, 0) != HeaderKey.REMOVED;
  }

  /// Offset of the name, or -1 if it is nowhere in the array.
  public int name(int line) {
    return at(line, NAME);
  }

  public int nameLength(int line) {
    return at(line, NAME_LENGTH) & ~NEVER_INDEXED;
  }

  /// No table of HPACK on the way may keep the line (RFC 7541 7.1.3); an edit of its value ends
  /// that.
  public boolean neverIndexed(int line) {
    return at(line, NAME_LENGTH) < 0;
  }

  /// Marks the last line.
  public void neverIndexLast() {
    lines[(count - 1) * STRIDE + NAME_LENGTH] |= NEVER_INDEXED;
  }

  public int value(int line) {
    return at(line, VALUE);
  }

  public int valueLength(int line) {
    return at(line, VALUE_LENGTH);
  }

  void copyName(int line, byte[] target, int offset) {
    var name = name(line);
    var from = name < 0 ? HeaderNames.byId(key(line)).bytes() : bytes;
    System.arraycopy(from, Math.max(name, 0), target, offset, nameLength(line));
  }

  public void copyValue(int line, byte[] target, int offset) {
    System.arraycopy(bytes, value(line), target, offset, valueLength(line));
  }

  /// First line at or after `fromLine` with that key, and that lower-case name unless the key says
  /// it all; or -1.
  public int find(int key, byte[] name, int offset, int length, int fromLine) {
    var end = count * STRIDE;
    for (var at = fromLine * STRIDE; at < end; at += STRIDE) {
      if (lines[at] == key && (key > 0 || nameEquals(at, name, offset, length))) {
        return at / STRIDE;
      }
    }
    return -1;
  }

  private boolean nameEquals(int at, byte[] name, int offset, int length) {
    var own = lines[at + NAME];
    var ownLength = lines[at + NAME_LENGTH] & ~NEVER_INDEXED;
    return Arrays.equals(bytes, own, own + ownLength, name, offset, offset + length);
  }

  // ---- raw bytes: a head that is being received

  /// First free byte.
  public int tail() {
    return tail;
  }

  public void tail(int newTail) {
    tail = newTail;
  }

  /// Makes sure that `more` bytes fit behind the tail without moving a byte. Returns the array,
  /// which may be a new one.
  public byte[] rawRoom(int more) {
    if (tail + more > bytes.length) {
      enlargeRaw(Math.max(tail + more, bytes.length * 2), lines.length / STRIDE);
    }
    return bytes;
  }

  /// Appends a line whose bytes are in the array already.
  public void appendRaw(int key, int nameOffset, int nameLength, int valueOffset, int valueLength) {
    if ((count + 1) * STRIDE > lines.length) {
      enlargeRaw(bytes.length, count + 1);
    }
    write(count++, key, nameOffset, nameLength, valueOffset, valueLength);
  }

  /// Makes a pseudo-header of a line, which keeps its value.
  public void promote(int line, HeaderName pseudo) {
    var value = value(line);
    var length = valueLength(line);
    remove(line);
    if ((count + 1) * STRIDE > lines.length) {
      enlargeRaw(bytes.length, count + 1);
    }
    write(openPseudoLine(), pseudo.key(), -1, pseudo.length(), value, length);
  }

  /// Reserves lines at the front of an empty head: removed until they are filled.
  void reserve(int lineCount) {
    for (var line = 0; line < lineCount; line++) {
      lines[line * STRIDE] = HeaderKey.REMOVED;
    }
    count = lineCount;
  }

  void fill(int line, HeaderName name, int valueOffset, int valueLength) {
    write(line, name.key(), -1, name.length(), valueOffset, valueLength);
  }

  private void enlargeRaw(int byteCount, int lineCount) {
    var bigger = home.store(byteCount, lineCount);
    System.arraycopy(bytes, 0, bigger.bytes(), 0, tail);
    System.arraycopy(lines, 0, bigger.lines(), 0, count * STRIDE);
    swap(bigger);
  }

  // ---- edits

  /// Writes name and separator behind the tail, with room for a value; returns where it starts.
  /// Nothing has happened yet.
  int stage(byte[] name, int offset, int length, int valueRoom) {
    room(length + valueRoom + 4, 1);
    System.arraycopy(name, offset, bytes, tail, length);
    bytes[tail + length] = ':';
    bytes[tail + length + 1] = ' ';
    return tail + length + 2;
  }

  /// Makes a line of what was staged.
  void commit(int key, int nameLength, int valueLength, boolean replace) {
    var name = tail;
    var value = name + nameLength + 2;
    tail = value + valueLength + 2;
    bytes[tail - 2] = '\r';
    bytes[tail - 1] = '\n';
    var pseudo = isPseudo(key);
    var line = replace || pseudo ? removeAll(key, bytes, name, nameLength) : -1;
    if (line < 0) {
      line = pseudo ? openPseudoLine() : openLine();
    }
    write(line, key, name, nameLength, value, valueLength);
  }

  /// The number of a removed line is used again if nothing stands behind it, and where most lines
  /// are removed ones, those that are not close ranks: a guest may add and remove as often as it
  /// likes.
  private int openLine() {
    while (count > 0 && lines[(count - 1) * STRIDE] == HeaderKey.REMOVED) {
      count--;
    }
    if (count >= MANY_LINES && liveCount < count / 4) {
      dropRemovedLines();
    }
    return count++;
  }

  private void dropRemovedLines() {
    var kept = 0;
    for (var at = 0; at < count * STRIDE; at += STRIDE) {
      if (lines[at] != HeaderKey.REMOVED) {
        System.arraycopy(lines, at, lines, kept * STRIDE, STRIDE);
        kept++;
      }
    }
    count = kept;
  }

  public void remove(int line) {
    if (live(line)) {
      byteSize -= nameLength(line) + valueLength(line);
      liveCount--;
      lines[line * STRIDE] = HeaderKey.REMOVED;
    }
  }

  /// Returns the number of the first line removed, or -1.
  private int removeAll(int key, byte[] name, int offset, int length) {
    var first = find(key, name, offset, length, 0);
    for (var line = first; line >= 0; line = find(key, name, offset, length, line + 1)) {
      remove(line);
    }
    return first;
  }

  /// Behind the last pseudo-header, so that they stay in front.
  private int openPseudoLine() {
    var line = count;
    while (line > 0 && !isPseudo(lines[(line - 1) * STRIDE])) {
      line--;
    }
    if (line == count || lines[line * STRIDE] != HeaderKey.REMOVED) {
      System.arraycopy(lines, line * STRIDE, lines, (line + 1) * STRIDE, (count - line) * STRIDE);
      count++;
    }
    return line;
  }

  public static boolean isPseudo(int key) {
    return key >= HeaderNames.METHOD_ID && key <= HeaderNames.PROTOCOL_ID;
  }

  private int at(int line, int field) {
    assert line < count;
    return lines[line * STRIDE + field];
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
    if (tail + moreBytes <= bytes.length && (count + moreLines) * STRIDE <= lines.length) {
      return;
    }
    var wanted = byteSize + 4 * liveCount + moreBytes;
    var bigger =
        home.store(wanted <= bytes.length / 2 ? bytes.length : wanted * 2, count + moreLines);
    tail = copyLive(bigger.bytes(), bigger.lines());
    swap(bigger);
  }

  /// Copies the lines in the form in which they go out, keeping their numbers; returns the new
  /// tail.
  private int copyLive(byte[] toBytes, int[] toLines) {
    var at = 0;
    for (var line = 0; line < count; line++) {
      var from = line * STRIDE;
      System.arraycopy(lines, from, toLines, from, STRIDE);
      if (lines[from] != HeaderKey.REMOVED) {
        toLines[from + NAME] = at;
        copyName(line, toBytes, at);
        at += nameLength(line);
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
}

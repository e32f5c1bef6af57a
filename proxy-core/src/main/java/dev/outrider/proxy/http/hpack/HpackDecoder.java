package dev.outrider.proxy.http.hpack;

import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadLines;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderKey;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.HeaderSyntax;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Decodes the header blocks of one direction of one connection, on its loop.
///
/// Strings are decoded where they will lie in the head, and copied from there into the dynamic
/// table. Fields of a head that has been refused are decoded as far as the table needs them.
public final class HpackDecoder {
  private final HeadStores stores;
  private final DynamicTable table = new DynamicTable(DynamicTable.DEFAULT_SIZE);
  private final FieldReport report = new FieldReport();
  private final HpackString name = new HpackString();
  private final HpackString value = new HpackString();
  private final HpackInput in = new HpackInput();
  private int maxTableSize = DynamicTable.DEFAULT_SIZE;
  private boolean updateDue;

  // The head being decoded.
  private FieldLimits limits = new FieldLimits(0, 0, 0);
  private HeadKind kind = HeadKind.REQUEST;
  private @Nullable HpackResult refused;
  private int fields;
  private int size;
  private int hostLine;

  /// @param stores of the loop that the heads come from
  public HpackDecoder(HeadStores stores) {
    this.stores = stores;
  }

  /// Decodes one whole block into an empty head, which stays the caller's whatever comes back.
  /// Borrows the block and reads all of it. Unless it is `OK`, the head is incomplete; unless it is
  /// `COMPRESSION_ERROR`, the connection can go on.
  public HpackResult decode(ByteBuf block, HeaderMap head, FieldLimits newLimits) {
    limits = newLimits;
    kind = head.kind();
    refused = null;
    fields = 0;
    size = 0;
    hostLine = -1;
    report.clear();
    in.start(block, stores);
    var readable = readSizeUpdates() && readFields(head.raw());
    in.stop();
    if (!readable) {
      return HpackResult.COMPRESSION_ERROR;
    }
    if (refused == null && kind == HeadKind.REQUEST) {
      finishRequest(head.raw());
    }
    return refused == null ? HpackResult.OK : refused;
  }

  /// About the block decoded last; of a block that was refused, as far as it was good.
  public FieldReport report() {
    return report;
  }

  /// The peer has acknowledged our SETTINGS_HEADER_TABLE_SIZE, which is 4096 before. If that is
  /// less than what it uses, it must say so at the beginning of its next block.
  public void maxTableSize(int bytes) {
    maxTableSize = bytes;
    updateDue = bytes < table.limit();
  }

  /// Of the dynamic table, in the sense of RFC 7541 4.1.
  int tableSize() {
    return table.size();
  }

  int tableEntries() {
    return table.count();
  }

  // ---- the block; false: it cannot be decoded

  private boolean readSizeUpdates() {
    while (in.more() && (in.peek() & 0xe0) == 0x20) {
      var wanted = in.integer(5);
      if (wanted < 0 || wanted > maxTableSize) {
        return false;
      }
      table.limit(wanted);
      updateDue = false;
    }
    return !updateDue || !in.more();
  }

  private boolean readFields(HeadLines head) {
    while (in.more()) {
      var first = in.peek();
      boolean readable;
      if (first < 0) {
        readable = readIndexed(head, in.integer(7));
      } else if (first >= 0x40) {
        readable = readLiteral(head, in.integer(6), true);
      } else {
        var before = head.count();
        readable = first < 0x20 && readLiteral(head, in.integer(4), false);
        if (first >= 0x10 && head.count() > before) {
          head.neverIndexLast();
        }
      }
      if (!readable) {
        return false;
      }
    }
    return true;
  }

  private boolean readIndexed(HeadLines head, int index) {
    if (index < 1 || index > StaticTable.SIZE + table.count()) {
      return false;
    }
    if (refused == null) {
      if (index <= StaticTable.SIZE) {
        takeStatic(head, index);
      } else {
        takeDynamic(head, table.entry(index - StaticTable.SIZE));
      }
    }
    return true;
  }

  private void takeStatic(HeadLines head, int index) {
    var key = StaticTable.key(index);
    var text = StaticTable.value(index);
    if (admit(key, HeaderNames.byId(key).length(), text.length, true)) {
      var start = stageName(head, key, 0, text.length);
      System.arraycopy(text, 0, head.bytes(), start, text.length);
      append(head, key, HeaderNames.byId(key).length(), start, start + text.length);
    }
  }

  private void takeDynamic(HeadLines head, int entry) {
    var key = table.key(entry);
    var length = table.valueLength(entry);
    if (admit(key, table.nameLength(entry), length, table.valid(entry))) {
      var start = stageName(head, key, entry, length);
      table.copyValue(entry, head.bytes(), start);
      append(head, key, table.nameLength(entry), start, start + length);
    }
  }

  private boolean readLiteral(HeadLines head, int index, boolean indexing) {
    if (index < 0 || index > StaticTable.SIZE + table.count()) {
      return false;
    }
    if ((index == 0 && !in.string(name)) || !in.string(value)) {
      return false;
    }
    return index == 0 ? takeNewName(head, indexing) : takeNewValue(head, index, indexing);
  }

  private boolean takeNewName(HeadLines head, boolean indexing) {
    var bytes = head.rawRoom(name.room() + value.room() + 4);
    var start = head.tail();
    var nameEnd = name.decode(in.bytes(), bytes, start);
    if (nameEnd < 0) {
      return false;
    }
    bytes[nameEnd] = ':';
    bytes[nameEnd + 1] = ' ';
    var key = keyOf(bytes, start, nameEnd - start);
    return takeValue(head, key, start, nameEnd - start, nameEnd + 2, indexing);
  }

  private boolean takeNewValue(HeadLines head, int index, boolean indexing) {
    var dynamic = index > StaticTable.SIZE;
    var entry = dynamic ? table.entry(index - StaticTable.SIZE) : 0;
    var key = dynamic ? table.key(entry) : StaticTable.key(index);
    var nameLength = dynamic ? table.nameLength(entry) : HeaderNames.byId(key).length();
    var valueStart = stageName(head, key, entry, value.room());
    return takeValue(head, key, head.tail(), nameLength, valueStart, indexing);
  }

  /// Name and separator stand in the array already (but for a pseudo-header's), with room for the
  /// value.
  private boolean takeValue(
      HeadLines head, int key, int nameStart, int nameLength, int start, boolean indexing) {
    var bytes = head.bytes();
    var end = value.decode(in.bytes(), bytes, start);
    if (end < 0) {
      return false;
    }
    var valid = key != HeaderKey.REMOVED && HeaderSyntax.fits(key, bytes, start, end - start);
    if (indexing) {
      table.add(key, bytes, nameStart, nameLength, start, end - start, valid);
    }
    if (refused == null) {
      if (value.length() > limits.fieldBytes() || name.length() > limits.fieldBytes()) {
        refused = HpackResult.TOO_LARGE;
      } else if (admit(key, nameLength, end - start, valid)) {
        append(head, key, nameLength, start, end);
      }
    }
    name.clear();
    return true;
  }

  // ---- the head

  /// Whether the head takes a field; otherwise it is refused.
  private boolean admit(int key, int nameLength, int valueLength, boolean valid) {
    report.add(key);
    fields++;
    size += nameLength + valueLength;
    if (fields > limits.fields()) {
      refused = HpackResult.TOO_MANY_FIELDS;
    } else if (size > limits.bytes()) {
      refused = HpackResult.TOO_LARGE;
    } else if (!valid || !kind.allows(key)) {
      refused = HpackResult.INVALID_FIELD;
    }
    return refused == null;
  }

  /// Writes a name from a table and its separator behind the tail, with room for a value; returns
  /// where that starts. Pseudo-headers need no name, known names no entry.
  private int stageName(HeadLines head, int key, int entry, int valueRoom) {
    var start = head.tail();
    if (HeadLines.isPseudo(key)) {
      head.rawRoom(valueRoom);
      return start;
    }
    int length;
    byte[] bytes;
    if (HeaderKey.isKnown(key)) {
      var known = HeaderNames.byId(key).bytes();
      length = known.length;
      bytes = head.rawRoom(length + valueRoom + 4);
      System.arraycopy(known, 0, bytes, start, length);
    } else {
      length = table.nameLength(entry);
      bytes = head.rawRoom(length + valueRoom + 4);
      table.copyName(entry, bytes, start);
    }
    bytes[start + length] = ':';
    bytes[start + length + 1] = ' ';
    return start + length + 2;
  }

  /// Makes a line of what stands behind the tail. White space around the value is not part of it.
  private void append(HeadLines head, int key, int nameLength, int valueStart, int valueEnd) {
    var bytes = head.bytes();
    var start = valueStart;
    var end = valueEnd;
    while (start < end && isSpace(bytes[start])) {
      start++;
    }
    while (start < end && isSpace(bytes[end - 1])) {
      end--;
    }
    if (start > valueStart) { // a line goes out as it stands here
      System.arraycopy(bytes, start, bytes, valueStart, end - start);
      end -= start - valueStart;
      start = valueStart;
    }
    if (HeadLines.isPseudo(key)) {
      head.tail(end); // first: room for one more line may copy what stands before the tail
      head.appendRaw(key, -1, nameLength, start, end - start);
      return;
    }
    if (key == HeaderNames.HOST.key() && kind == HeadKind.REQUEST && hostLine < 0) {
      hostLine = head.count();
    }
    bytes[end] = '\r';
    bytes[end + 1] = '\n';
    var name = head.tail();
    head.tail(end + 2);
    head.appendRaw(key, name, nameLength, start, end - start);
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || b == '\t';
  }

  /// `host` stands for an authority that is absent, and is worth nothing beside one, as in Envoy;
  /// two of them are refused, as in HTTP/1.1. Crumbs become one cookie (RFC 9113 8.2.3).
  private void finishRequest(HeadLines head) {
    if (hostLine >= 0) {
      if (report.repeats(HeaderNames.HOST)) {
        refused = HpackResult.INVALID_FIELD;
      } else if (report.has(HeaderNames.AUTHORITY)) {
        head.remove(hostLine);
      } else if (HeaderSyntax.fits(
          HeaderNames.AUTHORITY.key(),
          head.bytes(),
          head.value(hostLine),
          head.valueLength(hostLine))) {
        head.promote(hostLine, HeaderNames.AUTHORITY);
        report.addAuthority();
      } else {
        refused = HpackResult.INVALID_FIELD;
      }
    }
    if (report.repeats(HeaderNames.COOKIE)) {
      CookieCrumbs.join(head);
    }
  }

  private static int keyOf(byte[] bytes, int offset, int length) {
    var pseudo = length > 0 && bytes[offset] == ':';
    var hash = pseudo ? HeaderKey.next(0, ':') : 0;
    for (var i = pseudo ? offset + 1 : offset; i < offset + length; i++) {
      var b = bytes[i];
      if (b == 0 || HeaderSyntax.fold(b) != b) {
        return HeaderKey.REMOVED;
      }
      hash = HeaderKey.next(hash, b);
    }
    var key = length == 0 ? HeaderKey.REMOVED : HeaderKey.of(bytes, offset, length, hash);
    return pseudo && !HeadLines.isPseudo(key) ? HeaderKey.REMOVED : key;
  }
}

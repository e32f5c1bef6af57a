package dev.outrider.proxy.http.hpack;

import dev.outrider.proxy.http.HeadLines;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderKey;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import io.netty.buffer.ByteBuf;

/// Encodes the header blocks of one direction of one connection, on its loop. What it indexes it
/// copies, and it holds on to no head.
public final class HpackEncoder {
  private static final int INDEXED = 0x80;
  private static final int WITH_INDEXING = 0x40;
  private static final int SIZE_UPDATE = 0x20;
  private static final int NEVER_INDEXED = 0x10;
  private static final int WITHOUT_INDEXING = 0;
  private static final int HUFFMAN = 0x80;

  /// Bytes that a line may take beside its strings: two lengths and an index; and a block: two
  /// table sizes and what Huffman writes in vain.
  private static final int LINE_ROOM = 20;

  private static final int BLOCK_ROOM = 32;
  private static final byte[] NONE = {};

  private final HeadStores stores;
  private final int ownLimit;
  private final EncoderTable table;
  private int announced = DynamicTable.DEFAULT_SIZE;
  private int limit;
  private int lowest;
  private byte[] out = NONE;
  private int at;

  /// @param maxTableSize bytes that the dynamic table may take, whatever the peer allows
  /// @param stores of the loop that encodes
  public HpackEncoder(int maxTableSize, HeadStores stores) {
    this.stores = stores;
    ownLimit = maxTableSize;
    limit = Math.min(maxTableSize, DynamicTable.DEFAULT_SIZE);
    lowest = limit;
    table = new EncoderTable(limit);
  }

  /// The peer's SETTINGS_HEADER_TABLE_SIZE, which is 4096 before. A value above the 31 bits of an
  /// int is given as `Integer.MAX_VALUE`.
  public void maxTableSize(int bytes) {
    limit = Math.min(bytes, ownLimit);
    lowest = Math.min(lowest, limit);
    table.limit(limit);
  }

  /// Appends one whole block: all live lines in their order. Borrows both.
  public void encode(HeaderMap head, ByteBuf block) {
    var lines = head.raw();
    out = stores.scratch(lines.byteSize() + LINE_ROOM * lines.count() + BLOCK_ROOM);
    at = 0;
    announceSize();
    for (int line = 0, end = lines.count(); line < end; line++) {
      var key = lines.key(line);
      if (key != HeaderKey.REMOVED) {
        encodeLine(lines, line, key);
      }
    }
    block.writeBytes(out, 0, at);
    out = NONE;
  }

  /// The lowest size since the last block must be told as well (RFC 7541 4.2).
  private void announceSize() {
    if (lowest < announced && lowest < limit) {
      integer(SIZE_UPDATE, 5, lowest);
      announced = lowest;
    }
    if (limit != announced) {
      integer(SIZE_UPDATE, 5, limit);
      announced = limit;
    }
    lowest = limit;
  }

  private void encodeLine(HeadLines lines, int line, int key) {
    var bytes = lines.bytes();
    var value = lines.value(line);
    var length = lines.valueLength(line);
    var first = StaticTable.first(key);
    if (lines.neverIndexed(line)) { // as it came: RFC 7541 6.2.3
      literal(NEVER_INDEXED, 4, first, lines, line);
      return;
    }
    var full = first == 0 ? 0 : StaticTable.find(first, bytes, value, length);
    if (full > 0) {
      integer(INDEXED, 7, full);
      return;
    }
    switch (Indexing.of(key)) {
      case REPEATED -> encodeRepeated(lines, line, key, first);
      case CHANGING -> literal(WITHOUT_INDEXING, 4, first, lines, line);
      case SECRET -> literal(NEVER_INDEXED, 4, first, lines, line);
    }
  }

  private void encodeRepeated(HeadLines lines, int line, int key, int staticName) {
    var bytes = lines.bytes();
    var name = lines.name(line);
    var nameLength = lines.nameLength(line);
    var value = lines.value(line);
    var length = lines.valueLength(line);
    var hash = EncoderTable.hash(key, bytes, value, length);
    var found = table.find(hash, key, bytes, name, nameLength, value, length);
    if (found > 0) {
      integer(INDEXED, 7, StaticTable.SIZE + found);
      return;
    }
    var nameIndex = staticName;
    if (nameIndex == 0) {
      var index = table.findName(key, bytes, name, nameLength);
      nameIndex = index == 0 ? 0 : StaticTable.SIZE + index;
    }
    if (table.wants(hash, nameLength, length)) {
      literal(WITH_INDEXING, 6, nameIndex, lines, line);
      table.add(hash, key, bytes, name, nameLength, value, length);
    } else {
      literal(WITHOUT_INDEXING, 4, nameIndex, lines, line);
    }
  }

  private void literal(int form, int prefixBits, int nameIndex, HeadLines lines, int line) {
    integer(form, prefixBits, nameIndex);
    if (nameIndex == 0) {
      var key = lines.key(line);
      if (HeaderKey.isKnown(key)) {
        var name = HeaderNames.byId(key).bytes();
        string(name, 0, name.length);
      } else {
        string(lines.bytes(), lines.name(line), lines.nameLength(line));
      }
    }
    string(lines.bytes(), lines.value(line), lines.valueLength(line));
  }

  private void string(byte[] bytes, int offset, int length) {
    var coded = HuffmanEncoder.length(bytes, offset, length);
    if (coded < length) {
      integer(HUFFMAN, 7, coded);
      at = HuffmanEncoder.encode(bytes, offset, length, out, at);
    } else {
      integer(0, 7, length);
      System.arraycopy(bytes, offset, out, at, length);
      at += length;
    }
  }

  private void integer(int form, int prefixBits, int number) {
    var mask = (1 << prefixBits) - 1;
    if (number < mask) {
      out[at++] = (byte) (form | number);
      return;
    }
    out[at++] = (byte) (form | mask);
    var rest = number - mask;
    for (; rest > 0x7f; rest >>>= 7) {
      out[at++] = (byte) (rest | 0x80);
    }
    out[at++] = (byte) rest;
  }
}

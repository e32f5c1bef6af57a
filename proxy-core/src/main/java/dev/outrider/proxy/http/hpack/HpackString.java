package dev.outrider.proxy.http.hpack;

/// Where a string literal stands in a block (RFC 7541 5.2).
final class HpackString {
  private int offset;
  private int length;
  private boolean huffman;

  void set(int newOffset, int newLength, boolean newHuffman) {
    offset = newOffset;
    length = newLength;
    huffman = newHuffman;
  }

  void clear() {
    set(0, 0, false);
  }

  /// As it was sent.
  int length() {
    return length;
  }

  /// Bytes that [#decode] may touch.
  int room() {
    return huffman ? HuffmanDecoder.room(length) : length;
  }

  /// Returns the end of what was written, or -1.
  int decode(byte[] in, byte[] out, int at) {
    if (huffman) {
      return HuffmanDecoder.decode(in, offset, length, out, at);
    }
    System.arraycopy(in, offset, out, at, length);
    return at + length;
  }
}

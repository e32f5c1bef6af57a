package dev.outrider.proxy.http.hpack;

import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import io.netty.buffer.ByteBuf;

/// Encodes the header blocks of one direction of one connection.
public final class HpackEncoder {
  /// @param maxTableSize bytes that the dynamic table may take, whatever the peer allows
  /// @param stores of the loop that encodes
  public HpackEncoder(int maxTableSize, HeadStores stores) {}

  /// Appends one whole block: all live lines in their order. Borrows both.
  public void encode(HeaderMap head, ByteBuf out) {
    throw new UnsupportedOperationException("follows");
  }

  /// The peer's SETTINGS_HEADER_TABLE_SIZE, which is 4096 before. A value above the 31 bits of an
  /// int is given as `Integer.MAX_VALUE`.
  public void maxTableSize(int bytes) {
    throw new UnsupportedOperationException("follows");
  }
}

package dev.outrider.proxy.http.hpack;

import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import io.netty.buffer.ByteBuf;

/// Decodes the header blocks of one direction of one connection.
public final class HpackDecoder {
  /// @param stores of the loop that the heads come from
  public HpackDecoder(HeadStores stores) {}

  /// Decodes one whole block into an empty head, which stays the caller's whatever comes back.
  /// Borrows the block and reads all of it. Unless it is `OK`, the head is incomplete; unless it is
  /// `COMPRESSION_ERROR`, the connection can go on.
  public HpackResult decode(ByteBuf block, HeaderMap head, FieldLimits limits) {
    throw new UnsupportedOperationException("follows");
  }

  /// About the block decoded last.
  public FieldReport report() {
    throw new UnsupportedOperationException("follows");
  }

  /// The peer has acknowledged our SETTINGS_HEADER_TABLE_SIZE, which is 4096 before.
  public void maxTableSize(int bytes) {
    throw new UnsupportedOperationException("follows");
  }
}

package dev.outrider.proxy.http.hpack;

import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// Header blocks and heads in the form in which tests write them down.
final class Blocks {
  static final FieldLimits WIDE = new FieldLimits(1000, 1 << 20, 1 << 20);

  private Blocks() {}

  /// Hexadecimal, spaces allowed.
  static ByteBuf hex(String text) {
    return Unpooled.wrappedBuffer(HexFormat.of().parseHex(text.replace(" ", "")));
  }

  static String hex(ByteBuf bytes) {
    var text = new byte[bytes.readableBytes()];
    bytes.getBytes(bytes.readerIndex(), text);
    return HexFormat.of().formatHex(text);
  }

  /// `name: value`, one per live line.
  static List<String> lines(HeaderMap head) {
    var lines = new ArrayList<String>();
    for (var line = 0; line < head.lines(); line++) {
      if (head.live(line)) {
        var value = new byte[head.valueLength(line)];
        head.copyValue(line, value, 0);
        lines.add(head.name(line) + ": " + new String(value, StandardCharsets.ISO_8859_1));
      }
    }
    return lines;
  }

  /// The result, or the lines if it is `OK`.
  static String decode(HpackDecoder decoder, HeadKind kind, FieldLimits limits, String hex) {
    var stores = new HeadStores();
    var head = stores.take(kind);
    var block = hex(hex);
    try {
      var result = decoder.decode(block, head, limits);
      return result == HpackResult.OK ? String.join("\n", lines(head)) : result.toString();
    } finally {
      head.release();
      block.release();
    }
  }
}

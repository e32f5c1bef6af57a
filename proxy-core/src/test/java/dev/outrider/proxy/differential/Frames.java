package dev.outrider.proxy.differential;

import java.util.ArrayList;
import java.util.List;

/// HTTP/2 frames as bytes (RFC 9113 4.1), one character a byte, right or wrong as asked.
final class Frames {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int PRIORITY = 2;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PUSH_PROMISE = 5;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;

  static final int END_STREAM = 1;
  static final int ACK = 1;
  static final int END_HEADERS = 4;
  static final int PADDED = 8;
  static final int WITH_PRIORITY = 0x20;

  static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  private Frames() {}

  static String of(int type, int flags, int stream, String payload) {
    return int32(payload.length()).substring(1)
        + (char) type
        + (char) flags
        + int32(stream)
        + payload;
  }

  static String of(Step.Frame frame) {
    return of(frame.type(), frame.flags(), frame.stream(), frame.payload());
  }

  static String int32(int value) {
    return ""
        + (char) (value >>> 24 & 0xff)
        + (char) (value >>> 16 & 0xff)
        + (char) (value >>> 8 & 0xff)
        + (char) (value & 0xff);
  }

  static String setting(String id, String value) {
    return int32(Integer.decode(id)).substring(2) + int32(Long.decode(value).intValue());
  }

  /// A header block of literals without indexing and without Huffman (RFC 7541 6.2.2), so that any
  /// bytes can be put into it. A line `name: value` is a field; the notation of [WireText] is read
  /// after the lines were cut.
  static String block(String lines) {
    var block = new StringBuilder();
    for (var line : fieldLines(lines)) {
      int colon = line.indexOf(':', 1);
      var name = WireText.bytes(line.substring(0, colon));
      var value = line.substring(colon + 1);
      block.append('\0');
      literal(name, block);
      literal(WireText.bytes(value.startsWith(" ") ? value.substring(1) : value), block);
    }
    return block.toString();
  }

  /// A line that is only `{n*line}` stands for n lines.
  private static List<String> fieldLines(String text) {
    var lines = new ArrayList<String>();
    for (var line : text.lines().toList()) {
      var many = line.matches("\\{\\d+\\*[^}]+}") && line.contains(": ");
      if (many) {
        int star = line.indexOf('*');
        for (int i = 0; i < Integer.parseInt(line.substring(1, star)); i++) {
          lines.add(line.substring(star + 1, line.length() - 1));
        }
      } else if (!line.isEmpty()) {
        lines.add(line);
      }
    }
    return lines;
  }

  private static void literal(String bytes, StringBuilder out) {
    int length = bytes.length();
    if (length < 127) {
      out.append((char) length);
    } else {
      out.append((char) 127);
      int rest = length - 127;
      for (; rest >= 128; rest >>>= 7) {
        out.append((char) ((rest & 0x7f) | 0x80));
      }
      out.append((char) rest);
    }
    out.append(bytes);
  }
}

package dev.outrider.proxywasm.engine;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// The custom section `producers`: fields, each a name and a list of tools with their versions
/// (WebAssembly tool conventions).
final class ProducersSection {
  private final byte[] bytes;
  private int at;

  private ProducersSection(byte[] bytes) {
    this.bytes = bytes;
  }

  /// The tools named in it, of all fields. A damaged section names those before the damage: nothing
  /// is refused for a section that is there for information only.
  static List<String> tools(byte[] section) {
    var tools = new ArrayList<String>();
    try {
      new ProducersSection(section).read(tools);
    } catch (IndexOutOfBoundsException _) {
      return List.copyOf(tools);
    }
    return List.copyOf(tools);
  }

  private void read(List<String> tools) {
    for (int fields = number(); fields > 0; fields--) {
      text();
      for (int values = number(); values > 0; values--) {
        tools.add(text());
        text();
      }
    }
  }

  private int number() {
    int value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      byte part = bytes[at++];
      value |= (part & 0x7F) << shift;
      if (part >= 0) {
        return value;
      }
    }
    return value;
  }

  private String text() {
    int length = number();
    Objects.checkFromIndexSize(at, length, bytes.length);
    at += length;
    return new String(bytes, at - length, length, StandardCharsets.UTF_8);
  }
}

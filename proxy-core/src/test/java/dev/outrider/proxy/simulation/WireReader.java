package dev.outrider.proxy.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Reads HTTP/1.1 messages from what the proxy wrote: a second, naive opinion on framing, sharing
/// no code with the proxy.
final class WireReader {
  private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
  private byte[] bytes = {};
  private int at;

  void add(byte[] more) {
    pending.reset();
    pending.write(bytes, at, bytes.length - at);
    pending.writeBytes(more);
    bytes = pending.toByteArray();
    at = 0;
  }

  boolean isEmpty() {
    return at == bytes.length;
  }

  /// Whether at least that has come and is next.
  boolean startsWith(String text) {
    var wanted = text.getBytes(StandardCharsets.ISO_8859_1);
    return bytes.length - at >= wanted.length
        && Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length);
  }

  /// The next head; null if it is not complete yet. Consumed only if complete.
  @Nullable List<String> head() {
    var start = at;
    var lines = new ArrayList<String>();
    for (var line = line(); line != null; line = line()) {
      if (line.isEmpty()) {
        return lines;
      }
      lines.add(line);
    }
    at = start;
    return null;
  }

  /// What has come of a body of that length; less if more is to come. Consumed only if complete.
  byte @Nullable [] sized(int length) {
    if (bytes.length - at < length) {
      return null;
    }
    var body = Arrays.copyOfRange(bytes, at, at + length);
    at += length;
    return body;
  }

  /// The whole chunked body; null if it is not complete yet.
  byte @Nullable [] chunked() {
    var start = at;
    var body = new ByteArrayOutputStream();
    for (var line = line(); line != null; line = line()) {
      assertThat(line).as("the size of a chunk").matches("[0-9a-f]{1,7}");
      var size = Integer.parseInt(line, 16);
      if (size == 0) {
        for (var trailer = line(); trailer != null; trailer = line()) {
          if (trailer.isEmpty()) {
            return body.toByteArray();
          }
        }
        break;
      }
      if (bytes.length - at < size + 2) {
        break;
      }
      body.write(bytes, at, size);
      at += size + 2;
    }
    at = start;
    return null;
  }

  /// The next line, which stays; null if it is not complete yet.
  @Nullable String nextLine() {
    var start = at;
    var line = line();
    at = start;
    return line;
  }

  byte[] rest() {
    var rest = Arrays.copyOfRange(bytes, at, bytes.length);
    at = bytes.length;
    return rest;
  }

  private @Nullable String line() {
    for (var i = at; i + 1 < bytes.length; i++) {
      if (bytes[i] == '\r' && bytes[i + 1] == '\n') {
        var line = new String(bytes, at, i - at, StandardCharsets.ISO_8859_1);
        at = i + 2;
        return line;
      }
    }
    return null;
  }

  static @Nullable String header(List<String> head, String name) {
    for (var line : head.subList(1, head.size())) {
      if (line.toLowerCase(Locale.ROOT).startsWith(name + ": ")) {
        return line.substring(name.length() + 2);
      }
    }
    return null;
  }
}

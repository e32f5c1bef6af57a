package dev.outrider.proxy.differential;

import java.util.ArrayList;
import java.util.List;

/// Reads HTTP/1 messages from a [Wire] as they come, judging nothing.
record MessageReader(Wire wire) {
  Message head() {
    return new Message(lines(), "", List.of(), wire.ended());
  }

  Message request() {
    var lines = lines();
    return body(new Message(lines, "", List.of(), wire.ended()), false);
  }

  /// A response, 1xx or final.
  ///
  /// @param bodiless whether the request was HEAD
  Message response(boolean bodiless) {
    var head = head();
    int code = head.code();
    if (bodiless || code / 100 == 1 || code == 204 || code == 304) {
      return head;
    }
    return body(head, true);
  }

  private Message body(Message head, boolean untilClose) {
    if (head.header("transfer-encoding").equals("chunked")) {
      return chunked(head);
    }
    var length = head.header("content-length");
    if (length.matches("\\d{1,9}")) {
      var body = wire.read(Integer.parseInt(length));
      return new Message(head.lines(), body, List.of(), body.length() < Integer.parseInt(length));
    }
    return untilClose && !head.lines().isEmpty()
        ? new Message(head.lines(), wire.drain(), List.of(), false)
        : head;
  }

  private Message chunked(Message head) {
    var body = new StringBuilder();
    while (true) {
      var size = line();
      var digits = size.split(";", 2)[0].strip();
      if (!digits.matches("[0-9a-fA-F]{1,7}")) {
        if (!size.isEmpty()) {
          body.append("(bad chunk size: ").append(size).append(')');
        }
        return new Message(head.lines(), body.toString(), List.of(), true);
      }
      int length = Integer.parseInt(digits, 16);
      if (length == 0) {
        var trailers = lines();
        return new Message(head.lines(), body.toString(), trailers, wire.ended());
      }
      body.append(wire.read(length));
      line();
    }
  }

  /// Up to the empty line.
  private List<String> lines() {
    var lines = new ArrayList<String>();
    for (var line = line(); !line.isEmpty(); line = line()) {
      lines.add(line);
    }
    return lines;
  }

  /// Without its line end; empty at the end of the connection.
  private String line() {
    var line = new StringBuilder();
    for (int b = wire.read(); b >= 0 && b != '\n'; b = wire.read()) {
      line.append((char) b);
    }
    int length = line.length();
    if (length > 0 && line.charAt(length - 1) == '\r') {
      line.setLength(length - 1);
    }
    return line.toString();
  }
}

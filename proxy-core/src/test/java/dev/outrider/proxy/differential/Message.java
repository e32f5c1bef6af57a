package dev.outrider.proxy.differential;

import java.util.List;
import java.util.Locale;

/// One HTTP message as it stood on the wire.
///
/// @param lines of the head, without line ends; the first is the request or status line
/// @param cutShort the connection ended before the message did
record Message(List<String> lines, String body, List<String> trailers, boolean cutShort) {
  String first() {
    return lines.isEmpty() ? "" : lines.getFirst();
  }

  List<String> headers() {
    return lines.size() < 2 ? List.of() : lines.subList(1, lines.size());
  }

  /// The value of the first header of the name, in lower case; empty if there is none.
  String header(String name) {
    var prefix = name + ":";
    return headers().stream()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
        .map(line -> line.substring(prefix.length()).strip().toLowerCase(Locale.ROOT))
        .findFirst()
        .orElse("");
  }

  int code() {
    var parts = first().split(" ", 3);
    return parts.length > 1 && parts[1].matches("\\d+") ? Integer.parseInt(parts[1]) : 0;
  }
}

package dev.outrider.proxy.http;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads one request with regular expressions from a whole text: the grammar written down a second
/// time, as slowly as it likes. Origin form only.
final class NaiveRequest {
  private static final Pattern START =
      Pattern.compile("([A-Z]+)[ \t]+([!-~]+)[ \t]+HTTP/1\\.1[ \t]*");
  private static final Pattern FIELD =
      Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\\x20-\\x7e\\x80-\\xff]*?)[ \t]*");
  private static final Pattern CHUNK =
      Pattern.compile("([0-9a-fA-F]{1,15})[ \t]*(;[\t\\x20-\\x7e\\x80-\\xff]*)?\r\n");
  private static final Set<String> METHODS = Set.of("GET", "POST", "PUT", "DELETE", "HEAD");

  private static final Set<String> JOINED = Set.of("accept", "accept-encoding", "user-agent");

  private final StringBuilder fields = new StringBuilder("\n");
  private @Nullable String host;
  private @Nullable Long length;
  private boolean chunked;
  private boolean close;

  /// A transcript as [ParserTranscript] writes it, `REFUSED`, `INCOMPLETE` or, beyond this grammar,
  /// `UNKNOWN`.
  static String read(String text) {
    return new NaiveRequest().request(text);
  }

  private String request(String text) {
    var from = 0;
    while (text.startsWith("\r\n", from)) {
      from += 2;
    }
    var end = text.indexOf("\r\n\r\n", from);
    if (end < 0) {
      return "INCOMPLETE";
    }
    var lines = text.substring(from, end).split("\r\n", -1);
    var start = START.matcher(lines[0]);
    if (!start.matches()) {
      return "REFUSED";
    }
    if (!METHODS.contains(start.group(1)) || !start.group(2).startsWith("/")) {
      return "UNKNOWN";
    }
    for (var i = 1; i < lines.length; i++) {
      if (!field(lines[i])) {
        return "REFUSED";
      }
    }
    if (length != null && chunked) {
      return "REFUSED";
    }
    var bodyless = !chunked && (length == null || length == 0);
    var head =
        (close ? "HEAD close" : "HEAD")
            + (bodyless ? " end\n" : "\n")
            + (host == null ? "" : ":authority: " + host + "\n")
            + (":path: " + start.group(2) + "\n:method: " + start.group(1) + "\n:scheme: http\n")
            + fields.substring(1);
    var body = body(text.substring(end + 4));
    return body.endsWith("REFUSED") || body.endsWith("INCOMPLETE") ? body : head + body;
  }

  private boolean field(String line) {
    var field = FIELD.matcher(line);
    if (!field.matches()) {
      return false;
    }
    var name = field.group(1).toLowerCase(Locale.ROOT);
    var value = field.group(2);
    if (name.equals("host")) {
      var first = host == null;
      host = value;
      return first;
    }
    var before = JOINED.contains(name) ? fields.indexOf("\n" + name + ": ") : -1;
    if (before < 0) {
      fields.append(name).append(": ").append(value).append('\n');
    } else {
      fields.insert(fields.indexOf("\n", before + 1), "," + value);
    }
    close |= name.equals("connection") && value.equalsIgnoreCase("close");
    return framing(name, value);
  }

  private boolean framing(String name, String value) {
    switch (name) {
      case "content-length" -> {
        if (length != null || !value.matches("[0-9]{1,18}")) {
          return false;
        }
        length = Long.parseLong(value);
      }
      case "transfer-encoding" -> {
        if (chunked || !value.equalsIgnoreCase("chunked")) {
          return false;
        }
        chunked = true;
      }
      default -> {}
    }
    return true;
  }

  private String body(String rest) {
    if (length != null) {
      return rest.length() < length
          ? "INCOMPLETE"
          : length == 0 ? "" : "BODY " + rest.substring(0, length.intValue()) + "\nEND\n";
    }
    return chunked ? chunks(rest) : "";
  }

  private static String chunks(String text) {
    var body = new StringBuilder();
    var chunk = CHUNK.matcher(text);
    var at = 0;
    while (chunk.region(at, text.length()).lookingAt()) {
      var size = Long.parseLong(chunk.group(1), 16);
      if (size == 0) {
        var said = body.isEmpty() ? "" : "BODY " + body + "\n";
        return text.startsWith("\r\n", chunk.end()) ? said + "END\n" : "INCOMPLETE";
      }
      if (chunk.end() + size + 2 > text.length()) {
        return "INCOMPLETE";
      }
      at = chunk.end() + (int) size;
      body.append(text, chunk.end(), at);
      if (!text.startsWith("\r\n", at)) {
        return "REFUSED";
      }
      at += 2;
    }
    return text.indexOf('\n', at) < 0 ? "INCOMPLETE" : "REFUSED";
  }
}

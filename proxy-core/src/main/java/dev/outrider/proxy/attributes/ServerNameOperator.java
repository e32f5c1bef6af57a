package dev.outrider.proxy.attributes;

import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.stream.StreamInfo;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// `%REQUESTED_SERVER_NAME(SNI_FIRST:ORIG)%`: whom the client asked for, in its handshake or in its
/// request.
record ServerNameOperator(Source source, @Nullable HeaderName main, @Nullable HeaderName other)
    implements FormatOperator {

  /// Which of the two counts.
  enum Source {
    SNI_ONLY,
    SNI_FIRST,
    HOST_FIRST
  }

  static FormatOperator of(OperatorSpec spec, Consumer<String> problems) {
    var words = spec.argumentOrEmpty().split(":", -1);
    var source =
        switch (words[0]) {
          case "", "SNI_ONLY" -> Source.SNI_ONLY;
          case "SNI_FIRST" -> Source.SNI_FIRST;
          case "HOST_FIRST" -> Source.HOST_FIRST;
          default -> null;
        };
    var host = words.length < 2 ? "ORIG_OR_HOST" : words[1];
    if (source == null || words.length > 2 || !host.matches("ORIG|HOST|ORIG_OR_HOST")) {
      problems.accept(
          "operator "
              + spec
              + " knows SNI_ONLY, SNI_FIRST and HOST_FIRST, then ORIG, HOST and ORIG_OR_HOST only");
      return (_, _) -> false;
    }
    return new ServerNameOperator(
        source,
        host.equals("HOST") ? HeaderNames.AUTHORITY : HeaderNames.X_ENVOY_ORIGINAL_HOST,
        host.equals("ORIG_OR_HOST") ? HeaderNames.AUTHORITY : null);
  }

  @Override
  public boolean write(StreamInfo info, ValueBuffer out) {
    return switch (source) {
      case SNI_ONLY -> serverName(info, out);
      case SNI_FIRST -> serverName(info, out) || host(info, out);
      case HOST_FIRST -> host(info, out) || serverName(info, out);
    };
  }

  private static boolean serverName(StreamInfo info, ValueBuffer out) {
    var name = info.connection().serverName();
    out.put(printable(name));
    return !name.isEmpty();
  }

  private boolean host(StreamInfo info, ValueBuffer out) {
    var head = info.requestHead();
    var line = head == null || main == null ? -1 : head.find(main);
    if (head != null && line < 0 && other != null) {
      line = head.find(other);
    }
    if (head == null || line < 0) {
      return false;
    }
    out.put(
        new String(
            head.array(),
            head.valueOffset(line),
            head.valueLength(line),
            StandardCharsets.ISO_8859_1));
    return head.valueLength(line) > 0;
  }

  /// A client may ask for anything: what is no name of a host does not get into a log as it is.
  private static String printable(String name) {
    var printable = name.toCharArray();
    var valid = true;
    for (var at = 0; at < name.length(); at++) {
      var c = name.charAt(at);
      var fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!fits && c != '.' && c != '-' && c != '_') {
        printable[at] = '_';
        valid = false;
      }
    }
    return valid ? name : "invalid:" + String.valueOf(printable);
  }
}

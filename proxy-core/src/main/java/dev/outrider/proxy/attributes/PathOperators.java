package dev.outrider.proxy.attributes;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.stream.StreamInfo;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The operators that show parts of a request's path: the one it came with, if it was rewritten,
/// unless `%PATH%` is asked for the other.
final class PathOperators {
  private static final int HEX = 16;

  private PathOperators() {}

  /// Null if no such operator has that name.
  static @Nullable FormatOperator find(
      OperatorSpec spec, FormatEnvironment environment, Consumer<String> problems) {
    return switch (spec.name()) {
      case "PATH" -> path(spec, problems);
      case "QUERY_PARAM" -> parameter(spec, problems);
      case "QUERY_PARAMS" -> parameters(spec, problems);
      case "REQ_WITHOUT_QUERY" ->
          environment.withoutQuery() ? withoutQuery(spec, problems) : unconfigured(spec, problems);
      default -> null;
    };
  }

  private static FormatOperator unconfigured(OperatorSpec spec, Consumer<String> problems) {
    problems.accept("operator " + spec + " needs the formatter envoy.formatter.req_without_query");
    return (_, _) -> false;
  }

  private static FormatOperator withoutQuery(OperatorSpec spec, Consumer<String> problems) {
    return new Cut(
        HeaderOperator.of(spec.withoutLength(), StreamInfo::requestHead, problems),
        false,
        spec.maxBytes());
  }

  private static FormatOperator path(OperatorSpec spec, Consumer<String> problems) {
    var words = spec.argumentOrEmpty().split(":", -1);
    var query = words[0];
    if (words.length > 2 || !(query.isEmpty() || query.equals("WQ") || query.equals("NQ"))) {
      problems.accept(
          "operator " + spec + " knows WQ and NQ, then ORIG, PATH and ORIG_OR_PATH only");
    }
    var whole =
        switch (words.length == 2 ? words[1] : "ORIG_OR_PATH") {
          case "ORIG" -> header(HeaderNames.X_ENVOY_ORIGINAL_PATH, null);
          case "PATH" -> header(HeaderNames.PATH, null);
          case "ORIG_OR_PATH" -> header(HeaderNames.X_ENVOY_ORIGINAL_PATH, HeaderNames.PATH);
          default -> {
            problems.accept("operator " + spec + " knows ORIG, PATH and ORIG_OR_PATH only");
            yield header(HeaderNames.PATH, null);
          }
        };
    return new Cut(whole, !query.equals("NQ"), spec.maxBytes());
  }

  private static FormatOperator header(HeaderName name, @Nullable HeaderName otherwise) {
    return new HeaderOperator(StreamInfo::requestHead, name, otherwise, Integer.MAX_VALUE);
  }

  /// The value of the first parameter with that name, decoded.
  private static FormatOperator parameter(OperatorSpec spec, Consumer<String> problems) {
    var name = spec.argumentOrEmpty();
    if (name.isEmpty()) {
      problems.accept("operator " + spec + " needs the name of a parameter");
    }
    return (info, out) -> {
      for (var pair : query(info).split("&", -1)) {
        var equals = pair.indexOf('=');
        if (decoded(equals < 0 ? pair : pair.substring(0, equals)).equals(name)) {
          putCut(equals < 0 ? "" : decoded(pair.substring(equals + 1)), spec.maxBytes(), out);
          return true;
        }
      }
      return false;
    };
  }

  private static FormatOperator parameters(OperatorSpec spec, Consumer<String> problems) {
    var argument = spec.argumentOrEmpty();
    if (!(argument.isEmpty() || argument.equals("ORIG") || argument.equals("DECODED"))) {
      problems.accept("operator " + spec + " knows ORIG and DECODED only");
    }
    return (info, out) -> {
      var query = query(info);
      putCut(argument.equals("DECODED") ? decoded(query) : query, spec.maxBytes(), out);
      return !query.isEmpty();
    };
  }

  /// Behind the question mark; empty if there is none.
  private static String query(StreamInfo info) {
    var head = info.requestHead();
    var original = head == null ? -1 : head.find(HeaderNames.X_ENVOY_ORIGINAL_PATH);
    var line = head == null || original >= 0 ? original : head.find(HeaderNames.PATH);
    if (head == null || line < 0) {
      return "";
    }
    var path = text(head, line);
    var mark = path.indexOf('?');
    return mark < 0 ? "" : path.substring(mark + 1);
  }

  private static String text(HeaderMap head, int line) {
    return new String(
        head.array(),
        head.valueOffset(line),
        head.valueLength(line),
        StandardCharsets.ISO_8859_1); // bytes, as they are
  }

  /// With `%41` as what it stands for; anything else stays, a plus too.
  private static String decoded(String bytes) {
    if (bytes.indexOf('%') < 0) {
      return bytes;
    }
    var out = new StringBuilder();
    for (var i = 0; i < bytes.length(); i++) {
      var high = i + 2 < bytes.length() ? Character.digit(bytes.charAt(i + 1), HEX) : -1;
      var low = high >= 0 ? Character.digit(bytes.charAt(i + 2), HEX) : -1;
      if (bytes.charAt(i) == '%' && low >= 0) {
        out.append((char) (high * HEX + low));
        i += 2;
      } else {
        out.append(bytes.charAt(i));
      }
    }
    return out.toString();
  }

  private static void putCut(String bytes, int maxBytes, ValueBuffer out) {
    out.put(
        bytes
            .substring(0, Math.min(bytes.length(), maxBytes))
            .getBytes(StandardCharsets.ISO_8859_1));
  }

  /// What another operator shows, perhaps without its query, and cut.
  private record Cut(FormatOperator whole, boolean query, int maxBytes) implements FormatOperator {
    @Override
    public boolean write(StreamInfo info, ValueBuffer out) {
      var from = out.size();
      if (!whole.write(info, out)) {
        return false;
      }
      for (var i = from; i < out.size() && !query; i++) {
        if (out.array()[i] == '?') {
          out.truncate(i);
        }
      }
      if (out.size() - from > maxBytes) {
        out.truncate(from + maxBytes);
      }
      return true;
    }
  }
}

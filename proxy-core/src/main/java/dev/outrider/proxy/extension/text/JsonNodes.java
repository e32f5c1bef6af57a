package dev.outrider.proxy.extension.text;

import java.util.ArrayList;

/// Builds the nodes of one JSON text (RFC 8259). A key given twice stays twice: whoever reads the
/// mapping refuses it.
final class JsonNodes {
  private final String text;
  private final ReaderLimits limits;
  private int at;
  private int line = 1;
  private int lineStart;

  private JsonNodes(String text, ReaderLimits limits) {
    this.text = text;
    this.limits = limits;
  }

  static ConfigNode read(String text, ReaderLimits limits) {
    var json = new JsonNodes(text, limits);
    json.blanks();
    var root = json.value(0);
    json.blanks();
    if (json.at < text.length()) {
      throw json.expected("the end of the text");
    }
    return root;
  }

  private ConfigNode value(int depth) {
    if (depth > limits.maxDepth()) {
      throw problem("nested more than " + limits.maxDepth() + " deep");
    }
    int column = column();
    int startLine = line;
    return switch (peek()) {
      case '{' -> mapping(depth, column, startLine);
      case '[' -> sequence(depth, column, startLine);
      case '"' -> new ConfigNode.Text(string(), startLine, column);
      case 't' -> word("true", new ConfigNode.Flag(true, startLine, column));
      case 'f' -> word("false", new ConfigNode.Flag(false, startLine, column));
      case 'n' -> word("null", new ConfigNode.Nothing(startLine, column));
      default -> new ConfigNode.Digits(number(), startLine, column);
    };
  }

  private ConfigNode mapping(int depth, int column, int startLine) {
    var entries = new ArrayList<ConfigNode.Entry>();
    at++;
    blanks();
    if (peek() != '}') {
      do {
        blanks();
        int keyLine = line;
        int keyColumn = column();
        if (peek() != '"') {
          throw expected("'\"'");
        }
        var key = string();
        blanks();
        take(':');
        blanks();
        entries.add(new ConfigNode.Entry(key, value(depth + 1), keyLine, keyColumn));
        blanks();
      } while (takeIf(','));
    }
    take('}');
    return new ConfigNode.Mapping(entries, startLine, column);
  }

  private ConfigNode sequence(int depth, int column, int startLine) {
    var items = new ArrayList<ConfigNode>();
    at++;
    blanks();
    if (peek() != ']') {
      do {
        blanks();
        items.add(value(depth + 1));
        blanks();
      } while (takeIf(','));
    }
    take(']');
    return new ConfigNode.Sequence(items, startLine, column);
  }

  private String string() {
    var out = new StringBuilder();
    at++;
    while (true) {
      char c = peek();
      if (c < 0x20) {
        throw expected("a closing '\"'");
      }
      at++;
      if (c == '"') {
        return out.toString();
      }
      out.append(c == '\\' ? escape() : c);
    }
  }

  private char escape() {
    char c = peek();
    at++;
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> unicode();
      default -> {
        at--;
        throw expected("an escape sequence");
      }
    };
  }

  private char unicode() {
    int code = 0;
    for (int i = 0; i < 4; i++) {
      char c = peek();
      int digit = c < 0x80 ? Character.digit(c, 16) : -1;
      if (digit < 0) {
        throw expected("four hexadecimal digits");
      }
      code = code << 4 | digit;
      at++;
    }
    return (char) code;
  }

  private String number() {
    int start = at;
    takeIf('-');
    if (!takeIf('0')) {
      digits();
    }
    if (takeIf('.')) {
      digits();
    }
    if (takeIf('e') || takeIf('E')) {
      if (!takeIf('+')) {
        takeIf('-');
      }
      digits();
    }
    return text.substring(start, at);
  }

  private void digits() {
    if (peek() < '0' || peek() > '9') {
      throw expected(text.startsWith("-", at - 1) ? "a digit" : "a value");
    }
    while (peek() >= '0' && peek() <= '9') {
      at++;
    }
  }

  private ConfigNode word(String word, ConfigNode node) {
    if (!text.startsWith(word, at)) {
      throw expected("a value");
    }
    at += word.length();
    return node;
  }

  private void blanks() {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '\n') {
        line++;
        lineStart = at + 1;
      } else if (c != ' ' && c != '\t' && c != '\r') {
        return;
      }
      at++;
    }
  }

  private void take(char c) {
    if (!takeIf(c)) {
      throw expected(c == ':' ? "':'" : "',' or '" + c + "'");
    }
  }

  private boolean takeIf(char c) {
    if (peek() != c) {
      return false;
    }
    at++;
    return true;
  }

  /// The character here, NUL at the end (which no JSON text contains unescaped).
  private char peek() {
    return at < text.length() ? text.charAt(at) : 0;
  }

  private int column() {
    return at - lineStart + 1;
  }

  private TextProblem expected(String what) {
    var found = at < text.length() ? "'" + text.charAt(at) + "'" : "the end of the text";
    return problem("not valid JSON: expected " + what + ", found " + found);
  }

  private TextProblem problem(String message) {
    return new TextProblem(message, line, column());
  }
}

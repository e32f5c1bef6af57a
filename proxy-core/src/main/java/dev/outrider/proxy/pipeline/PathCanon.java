package dev.outrider.proxy.pipeline;

/// The canonical form of a path as Chromium's URL library makes it, which Envoy uses for
/// `normalize_path`: dot segments are resolved (RFC 3986 5.2.4), backslashes become slashes,
/// escapes of unreserved characters are undone, what may not stand in a path is escaped. Works on
/// bytes; belongs to one worker.
final class PathCanon {
  private static final byte[] HEX = {
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'
  };
  private static final byte[] NOTHING = {};
  private static final int NONE = Integer.MIN_VALUE;

  private enum Kind {
    /// Stands as it is, escaped or not.
    PASS,
    /// Unreserved: never needs an escape.
    PLAIN,
    ESCAPE,
    /// Makes the path invalid, escaped or not.
    INVALID
  }

  private static final Kind[] KINDS = kinds();

  private byte[] in = NOTHING;
  private int end;
  private byte[] out = NOTHING;
  private int size;

  /// Where in `out` a percent sign stands that begins no escape.
  private int strayPercent;

  /// The result of the last [#run]. Lent until the next.
  byte[] bytes() {
    return out;
  }

  int length() {
    return size;
  }

  /// Whether a path without these bytes is in canonical form already.
  static boolean ordinary(byte b) {
    return b > 0 && b != '%' && b != '\\' && b != '.' && KINDS[b] != Kind.ESCAPE;
  }

  /// False if the path has no canonical form: it holds a NUL.
  boolean run(byte[] path, int offset, int length) {
    in = path;
    end = offset + length;
    size = 0;
    strayPercent = NONE;
    if (out.length < 3 * length + 8) {
      out = new byte[3 * length + 8]; // each byte becomes three at most
    }
    if (length == 0 || !slash(offset)) {
      put('/');
    }
    var valid = true;
    for (var i = offset; i < end; i++) {
      var dot = dot(i);
      if (dot > 0) {
        i += size > 0 && out[size - 1] == '/' ? segment(i + dot) + dot - 1 : name(dot);
      } else if (in[i] == '\\') {
        put('/');
      } else if (in[i] == '%') {
        var value = escaped(in, i, end);
        valid &= value < 0 || KINDS[value] != Kind.INVALID;
        i += percent(i, value);
      } else if (KINDS[in[i] & 0xff] == Kind.ESCAPE || KINDS[in[i] & 0xff] == Kind.INVALID) {
        valid &= KINDS[in[i] & 0xff] != Kind.INVALID;
        escape(in[i]);
      } else {
        put(in[i]);
      }
    }
    in = NOTHING;
    return valid;
  }

  /// A dot inside a name. Returns how many more bytes of the input it took.
  private int name(int dot) {
    put('.');
    return dot - 1;
  }

  /// What stands behind a dot that begins a segment: one dot stays here, two go back, more are a
  /// name. Returns how many bytes were taken behind the dot.
  private int segment(int next) {
    if (next == end) {
      return 0;
    }
    if (slash(next)) {
      return 1;
    }
    var second = dot(next);
    if (second > 0 && (next + second == end || slash(next + second))) {
      back();
      return second + (next + second == end ? 0 : 1);
    }
    put('.');
    return 0;
  }

  private void back() {
    if (size > 1) {
      var last = size - 2;
      while (last > 0 && out[last] != '/') {
        last--;
      }
      size = last + 1;
    }
    if (strayPercent >= size) {
      strayPercent = NONE;
    }
  }

  /// @param value of the escape that begins here, or -1. Returns how many more bytes were taken.
  private int percent(int at, int value) {
    if (value < 0) {
      strayPercent = size;
      put('%');
      return 0;
    }
    if (KINDS[value] != Kind.PLAIN) {
      put('%'); // as it was written: a server may care for the case of its digits
      put(in[at + 1]);
      put(in[at + 2]);
      return 2;
    }
    put(value);
    if (strayPercent >= size - 3) {
      guardNested(at + 3, value);
    }
    return 2;
  }

  /// A percent sign that stood alone must not become an escape by what was unescaped behind it:
  /// `%%34%31` is not `%41`.
  private void guardNested(int next, int value) {
    var one = strayPercent == size - 2;
    if (one) {
      if (next >= end || in[next] < 0) {
        return;
      }
      put(in[next]);
    }
    if (escaped(out, strayPercent, size) >= 0) {
      if (!one) {
        put(out[strayPercent + 1]);
      }
      out[strayPercent + 1] = '2';
      out[strayPercent + 2] = '5';
      put(value);
    } else if (one) {
      size--;
    }
  }

  private void escape(byte b) {
    put('%');
    put(HEX[b >> 4 & 15]);
    put(HEX[b & 15]);
  }

  private void put(int b) {
    out[size++] = (byte) b;
  }

  private boolean slash(int at) {
    return in[at] == '/' || in[at] == '\\';
  }

  /// Length of the dot that begins here: 1, 3 if it is escaped, 0 if there is none.
  private int dot(int at) {
    if (at < end && in[at] == '.') {
      return 1;
    }
    return at + 3 <= end && in[at] == '%' && in[at + 1] == '2' && (in[at + 2] | 32) == 'e' ? 3 : 0;
  }

  /// The byte that the escape at `at` stands for; -1 if it is none.
  private static int escaped(byte[] bytes, int at, int end) {
    if (at + 3 > end) {
      return -1;
    }
    var high = Character.digit(bytes[at + 1], 16);
    var low = Character.digit(bytes[at + 2], 16);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }

  private static Kind[] kinds() {
    var kinds = new Kind[256];
    for (var i = 0; i < kinds.length; i++) {
      kinds[i] = i <= ' ' || i >= 0x7f || "\"#<>?^`{|}\\".indexOf(i) >= 0 ? Kind.ESCAPE : Kind.PASS;
      if (i < 0x7f && (Character.isLetterOrDigit(i) || "-._~".indexOf(i) >= 0)) {
        kinds[i] = Kind.PLAIN;
      }
    }
    kinds[0] = Kind.INVALID;
    return kinds;
  }
}

package dev.outrider.proxy.pipeline;

import dev.outrider.proxy.config.PathOptions;
import dev.outrider.proxy.config.PathOptions.EscapedSlashes;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import java.util.Arrays;

/// Brings the path of a request into one form, so that a route or a filter cannot be passed by
/// spelling it differently. The query stays as it is. Order as in Envoy: escaped slashes, canonical
/// form, double slashes. Writes only if something changes; belongs to one worker.
final class PathNormalization {
  /// What becomes of the request.
  enum Outcome {
    CONTINUE,
    REJECT,
    /// To the path that the head has now.
    REDIRECT
  }

  private final PathOptions options;
  private final PathCanon canon = new PathCanon();
  private final boolean idle;
  private byte[] work = {};
  private int length;

  PathNormalization(PathOptions options) {
    this.options = options;
    this.idle = options.equals(PathOptions.DEFAULT);
  }

  /// @param head without a fragment in its path
  Outcome apply(HeaderMap head) {
    var line = idle ? -1 : head.find(HeaderNames.PATH);
    if (line < 0) {
      return Outcome.CONTINUE;
    }
    var size = head.valueLength(line);
    var from = head.valueOffset(line);
    var path = pathLength(head.array(), from, size);
    if (ordinary(head.array(), from, path)) {
      return Outcome.CONTINUE;
    }
    if (work.length < 3 * size + 8) {
      work = new byte[3 * size + 8];
    }
    System.arraycopy(head.array(), from, work, 0, path);
    length = path;
    var outcome = transform();
    if (!same(head.array(), from, path)) { // also if it is refused, for the log
      System.arraycopy(head.array(), from + path, work, length, size - path);
      head.set(HeaderNames.PATH, work, 0, length + size - path);
    }
    return outcome;
  }

  private Outcome transform() {
    var outcome = Outcome.CONTINUE;
    if (options.escapedSlashes() != EscapedSlashes.KEEP && unescapeSlashes()) {
      if (options.escapedSlashes() == EscapedSlashes.REJECT) {
        return Outcome.REJECT;
      }
      if (options.escapedSlashes() == EscapedSlashes.REDIRECT) {
        outcome = Outcome.REDIRECT;
      }
    }
    if (options.normalize()) {
      if (!canon.run(work, 0, length)) {
        return Outcome.REJECT;
      }
      if (work.length < canon.length()) {
        work = new byte[canon.length()];
      }
      System.arraycopy(canon.bytes(), 0, work, 0, canon.length());
      length = canon.length();
    }
    if (options.mergeSlashes()) {
      mergeSlashes();
    }
    return outcome;
  }

  /// False if there is none.
  private boolean unescapeSlashes() {
    var to = 0;
    for (var from = 0; from < length; from++) {
      var slash = escapedSlash(from);
      work[to++] = slash != 0 ? slash : work[from];
      from += slash != 0 ? 2 : 0;
    }
    var found = to < length;
    length = to;
    return found;
  }

  private byte escapedSlash(int at) {
    if (at + 3 > length || work[at] != '%') {
      return 0;
    }
    if (work[at + 1] == '2' && (work[at + 2] | 32) == 'f') {
      return '/';
    }
    return work[at + 1] == '5' && (work[at + 2] | 32) == 'c' ? (byte) '\\' : 0;
  }

  /// A path of nothing but slashes keeps two of them, as in Envoy.
  private void mergeSlashes() {
    var to = 0;
    for (var from = 0; from < length; from++) {
      if (work[from] != '/' || to == 0 || work[to - 1] != '/') {
        work[to++] = work[from];
      }
    }
    length = to == 1 && length > 1 ? 2 : to;
  }

  /// Nothing in it can be of interest to any step.
  private static boolean ordinary(byte[] bytes, int from, int length) {
    for (var i = from; i < from + length; i++) {
      var b = bytes[i];
      var begins = i == from || bytes[i - 1] == '/';
      var odd = b == '.' ? begins : !PathCanon.ordinary(b);
      if (odd || (b == '/' && i > from && begins)) {
        return false;
      }
    }
    return true;
  }

  private boolean same(byte[] bytes, int from, int count) {
    return count == length && Arrays.equals(bytes, from, from + count, work, 0, length);
  }

  private static int pathLength(byte[] bytes, int from, int length) {
    for (var i = from; i < from + length; i++) {
      if (bytes[i] == '?') {
        return i - from;
      }
    }
    return length;
  }
}

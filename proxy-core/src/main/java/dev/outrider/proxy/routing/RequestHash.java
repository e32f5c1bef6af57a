package dev.outrider.proxy.routing;

import dev.outrider.proxy.cluster.XxHash;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.stream.FilterState;
import dev.outrider.proxy.stream.StreamInfo;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The number by which a request, or a connection without one, is spread over the endpoints of a
/// cluster (Envoy `HashPolicyImpl::generateHash`): XXH64 of whatever the policies name.
///
/// Worked out when a load balancer first asks, since only then a cookie is made up. Allocates
/// nothing, but for a header of several lines or with a rewrite, and a new cookie. One stream.
public final class RequestHash {
  private static final byte[] NO_PREFIX = {};
  private static final byte[] HASHABLE =
      FilterState.HASHABLE_TEXT.getBytes(StandardCharsets.US_ASCII);

  private final boolean makesCookies;
  private final List<String> newCookies = new ArrayList<>(0);
  private boolean asked;
  private boolean found;
  private long value;

  public RequestHash() {
    this(true);
  }

  /// @param makesCookies whether a cookie is made up; if not, a missing one is no ingredient
  RequestHash(boolean makesCookies) {
    this.makesCookies = makesCookies;
  }

  /// For the next stream.
  public void clear() {
    newCookies.clear();
    asked = false;
    found = false;
    value = 0;
  }

  /// Whether the policies found anything. Asks them once per stream.
  ///
  /// @param head of the request; null if there is none
  public boolean isKnown(List<HashPolicy> policies, @Nullable HeaderMap head, StreamInfo info) {
    if (!asked) {
      asked = true;
      for (var i = 0; i < policies.size(); i++) { // no iterator per request
        ask(policies.get(i).source(), head, info);
        if (found && policies.get(i).terminal()) {
          break;
        }
      }
    }
    return found;
  }

  /// Unsigned; 0 unless [#isKnown].
  public long value() {
    return value;
  }

  /// Values of `set-cookie` for the response.
  public List<String> newCookies() {
    return newCookies;
  }

  private void ask(HashSource source, @Nullable HeaderMap head, StreamInfo info) {
    switch (source) {
      case HashSource.SourceIp _ -> sourceIp(info);
      case HashSource.FilterStateObject(var key) -> filterState(key, info);
      case HashSource.Header header -> {
        if (head != null) {
          header(header, head);
        }
      }
      case HashSource.QueryParameter(var name) -> {
        if (head != null) {
          queryParameter(name, head);
        }
      }
      case HashSource.Cookie cookie -> {
        if (head != null
            && !cookie(cookie.name(), head)
            && cookie.lifetime() != null
            && makesCookies) {
          makeUp(cookie, info);
        }
      }
    }
  }

  /// Turning the old value keeps two equal ingredients from cancelling each other out.
  private void mix(long hash) {
    value = Long.rotateLeft(value, 1) ^ hash;
    found = true;
  }

  private void mix(byte[] bytes, int offset, int length) {
    mix(XxHash.of(bytes, offset, length, 0));
  }

  private void sourceIp(StreamInfo info) {
    var client = info.remote();
    if (!client.isPipe()) {
      var text = client.textBytes();
      mix(text, text[0] == '[' ? 1 : 0, client.host().length());
    }
  }

  private void filterState(String key, StreamInfo info) {
    var kept =
        key.equals(FilterState.HASHABLE_TEXT)
            ? info.kept(NO_PREFIX, HASHABLE, 0, HASHABLE.length)
            : null;
    if (kept != null) {
      mix(kept.value(), 0, kept.value().length);
    }
  }

  // ---- of the head

  private void header(HashSource.Header header, HeaderMap head) {
    var line = head.find(header.name());
    if (line < 0) {
      return;
    }
    if (header.rewrite() != null || head.find(header.name(), line + 1) >= 0) {
      var hash = 0L;
      for (var value : sorted(header.name(), header.rewrite(), head)) {
        var bytes = value.getBytes(StandardCharsets.ISO_8859_1);
        hash = XxHash.of(bytes, 0, bytes.length, hash);
      }
      mix(hash);
    } else {
      mix(head.array(), head.valueOffset(line), head.valueLength(line));
    }
  }

  /// A character per byte, so that they sort as bytes do.
  private static List<String> sorted(
      HeaderName name, @Nullable RegexSubstitution rewrite, HeaderMap head) {
    var values = new ArrayList<String>();
    for (var line = head.find(name); line >= 0; line = head.find(name, line + 1)) {
      values.add(
          rewrite == null
              ? new String(
                  head.array(),
                  head.valueOffset(line),
                  head.valueLength(line),
                  StandardCharsets.ISO_8859_1)
              : new String(
                  rewrite.apply(head.value(line)).getBytes(StandardCharsets.UTF_8),
                  StandardCharsets.ISO_8859_1));
    }
    values.sort(null);
    return values;
  }

  private void queryParameter(String name, HeaderMap head) {
    var line = head.find(HeaderNames.PATH);
    if (line < 0) {
      return;
    }
    var bytes = head.array();
    var end = head.valueOffset(line) + head.valueLength(line);
    var from = indexOf(bytes, '?', head.valueOffset(line), end) + 1;
    while (from < end) {
      var stop = indexOf(bytes, '&', from, end);
      var equals = indexOf(bytes, '=', from, stop);
      if (is(name, bytes, from, equals)) {
        var start = Math.min(equals + 1, stop);
        mix(bytes, start, stop - start);
        return;
      }
      from = stop + 1;
    }
  }

  /// The first with a value; quotes are not part of it. False if there is none.
  private boolean cookie(String name, HeaderMap head) {
    for (var line = head.find(HeaderNames.COOKIE);
        line >= 0;
        line = head.find(HeaderNames.COOKIE, line + 1)) {
      var bytes = head.array();
      var end = head.valueOffset(line) + head.valueLength(line);
      var from = head.valueOffset(line);
      while (from < end) {
        var stop = indexOf(bytes, ';', from, end);
        var start = from;
        while (start < stop && bytes[start] == ' ') {
          start++;
        }
        var equals = indexOf(bytes, '=', start, stop);
        if (equals < stop && is(name, bytes, start, equals)) {
          return cookieValue(bytes, equals + 1, stop);
        }
        from = stop + 1;
      }
    }
    return false;
  }

  private boolean cookieValue(byte[] bytes, int start, int end) {
    var quoted = end - start >= 2 && bytes[start] == '"' && bytes[end - 1] == '"';
    var from = quoted ? start + 1 : start;
    var to = quoted ? end - 1 : end;
    if (from < to) {
      mix(bytes, from, to - from);
    }
    return from < to;
  }

  /// The same for all requests of a connection that race for it.
  private void makeUp(HashSource.Cookie cookie, StreamInfo info) {
    var ends = info.connection().remote().text() + info.connection().local().text();
    var made = HexFormat.of().toHexDigits(XxHash.of(ends));
    newCookies.add(cookie.setting(made));
    mix(made.getBytes(StandardCharsets.US_ASCII), 0, made.length());
  }

  // ---- bytes

  /// `to` if it is not there.
  private static int indexOf(byte[] bytes, char wanted, int from, int to) {
    for (var i = from; i < to; i++) {
      if (bytes[i] == wanted) {
        return i;
      }
    }
    return to;
  }

  private static boolean is(String text, byte[] bytes, int from, int to) {
    if (text.length() != to - from) {
      return false;
    }
    for (var i = 0; i < text.length(); i++) {
      if (text.charAt(i) != bytes[from + i]) {
        return false;
      }
    }
    return true;
  }
}

package dev.outrider.proxy.routing;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.stream.StreamInfo;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A [RouteCondition.Query] over the bytes of the path (Envoy
/// `QueryParamsMulti::parseQueryString`).
final class QueryTest implements ConditionTest {
  private final byte[] name;
  private final boolean absent;
  private final ValueTest value;

  QueryTest(String name, ValueMatcher value) {
    this.name = name.getBytes(StandardCharsets.UTF_8);
    this.absent = value instanceof ValueMatcher.Presence(var present) && !present;
    this.value = ValueTest.of(value);
  }

  @Override
  public boolean holds(HeaderMap head, StreamInfo info, long random) {
    var line = head.find(HeaderNames.PATH);
    if (line < 0) {
      return absent;
    }
    var bytes = head.array();
    var end = head.valueOffset(line) + head.valueLength(line);
    for (var from = next(bytes, head.valueOffset(line), end, '?') + 1; from < end; ) {
      var to = next(bytes, from, end, '&');
      var nameEnd = next(bytes, from, to, '=');
      if (Arrays.equals(bytes, from, nameEnd, name, 0, name.length)) {
        return !absent && value.matches(bytes, Math.min(nameEnd + 1, to), to);
      }
      from = to + 1;
    }
    return absent;
  }

  /// Where the byte stands, or the end.
  private static int next(byte[] bytes, int from, int end, char wanted) {
    var at = from;
    while (at < end && bytes[at] != wanted) {
      at++;
    }
    return at;
  }
}

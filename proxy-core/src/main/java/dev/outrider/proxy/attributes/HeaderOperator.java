package dev.outrider.proxy.attributes;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// `%REQ(X?Y):Z%` and its like: the first line of header X, or of Y if there is no X, cut to Z
/// bytes.
record HeaderOperator(
    Function<StreamInfo, @Nullable HeaderMap> head,
    HeaderName main,
    @Nullable HeaderName alternative,
    int maxBytes)
    implements FormatOperator {

  static FormatOperator of(
      OperatorSpec spec,
      Function<StreamInfo, @Nullable HeaderMap> head,
      Consumer<String> problems) {
    var names = spec.argumentOrEmpty().split("\\?", -1);
    if (names.length > 2 || names[0].isEmpty()) {
      problems.accept(
          "operator " + spec + " needs one header name, or two with a question mark between them");
      return (_, _) -> false;
    }
    try {
      var alternative = names.length == 2 ? HeaderName.of(names[1]) : null;
      return new HeaderOperator(head, HeaderName.of(names[0]), alternative, spec.maxBytes());
    } catch (IllegalArgumentException e) {
      problems.accept("operator " + spec + ": " + e.getMessage());
      return (_, _) -> false;
    }
  }

  @Override
  public boolean write(StreamInfo info, ValueBuffer out) {
    var map = head.apply(info);
    if (map == null) {
      return false;
    }
    var line = map.find(main);
    if (line < 0 && alternative != null) {
      line = map.find(alternative);
    }
    if (line < 0) {
      return false;
    }
    out.put(map.array(), map.valueOffset(line), Math.min(maxBytes, map.valueLength(line)));
    return true;
  }

  /// Zero if there is no head.
  static int byteSize(@Nullable HeaderMap head) {
    return head == null ? 0 : head.byteSize();
  }
}

package dev.outrider.proxy.routing;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.routing.RouteTree.Condition;
import java.nio.charset.StandardCharsets;

/// A [Condition] in the form in which it is asked.
@FunctionalInterface
interface TreeTest {
  boolean holds(HeaderMap head);

  static TreeTest of(Condition condition) {
    return switch (condition) {
      case Condition.Header(var name, var value) -> header(name, ValueTest.of(value));
      case Condition.All(var conditions) -> {
        var all = conditions.stream().map(TreeTest::of).toArray(TreeTest[]::new);
        yield head -> {
          for (var one : all) {
            if (!one.holds(head)) {
              return false;
            }
          }
          return true;
        };
      }
      case Condition.Any(var conditions) -> {
        var any = conditions.stream().map(TreeTest::of).toArray(TreeTest[]::new);
        yield head -> {
          for (var one : any) {
            if (one.holds(head)) {
              return true;
            }
          }
          return false;
        };
      }
      case Condition.Not(var inner) -> {
        var test = of(inner);
        yield head -> !test.holds(head);
      }
    };
  }

  private static TreeTest header(HeaderName name, ValueTest value) {
    return head -> {
      var line = head.find(name);
      if (line < 0) {
        return false;
      }
      if (head.find(name, line + 1) < 0) {
        var from = head.valueOffset(line);
        return value.matches(head.array(), from, from + head.valueLength(line));
      }
      var joined = joined(head, name);
      return value.matches(joined, 0, joined.length);
    };
  }

  /// All lines of a header.
  static byte[] joined(HeaderMap head, HeaderName name) {
    return String.join(",", head.getAll(name)).getBytes(StandardCharsets.UTF_8);
  }
}

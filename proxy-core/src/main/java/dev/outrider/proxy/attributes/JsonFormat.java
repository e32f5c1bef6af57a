package dev.outrider.proxy.attributes;

import dev.outrider.proxy.stream.StreamInfo;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/// A JSON object whose strings are format strings (Envoy `json_format`). Keys are sorted. An
/// operator alone in its string keeps its type: a number stays one, a missing value is null.
/// Immutable, any thread.
public final class JsonFormat {
  private final Node root;

  private JsonFormat(Node root) {
    this.root = root;
  }

  /// Compiles an object of maps (with text keys), lists, texts, numbers and booleans; a null value
  /// stays null.
  public static JsonFormat parse(
      Map<?, ?> object, FormatEnvironment environment, Consumer<String> problems) {
    return new JsonFormat(compile(object, environment, problems));
  }

  /// Appends the object for one stream, without a line end.
  public void write(StreamInfo info, ValueBuffer out) {
    root.write(info, out);
  }

  private static Node compile(
      Object value, FormatEnvironment environment, Consumer<String> problems) {
    return switch (value) {
      case Map<?, ?> map -> {
        var members = new TreeMap<String, Node>();
        map.forEach(
            (key, member) ->
                members.put(
                    String.valueOf(key),
                    member == null ? new Fixed("null") : compile(member, environment, problems)));
        yield new Members(
            members.entrySet().stream()
                .map(e -> new Member(quote(e.getKey()), e.getValue()))
                .toList());
      }
      case List<?> list ->
          new Items(
              list.stream()
                  .map(
                      item ->
                          item == null ? new Fixed("null") : compile(item, environment, problems))
                  .toList());
      case String text -> text(FormatString.parse(text, environment, problems));
      case Number number -> new Fixed(number.toString());
      case Boolean flag -> new Fixed(flag.toString());
      default -> {
        problems.accept("json_format cannot hold a " + value.getClass().getSimpleName());
        yield new Fixed("null");
      }
    };
  }

  private static Node text(FormatString format) {
    return format.steps().size() == 1
            && format.steps().getFirst() instanceof FormatString.Step.Operator(var operator)
        ? new Alone(operator)
        : new Mixed(format);
  }

  private static String quote(String text) {
    var out = new ValueBuffer();
    out.put(text);
    var quoted = new ValueBuffer();
    JsonText.quote(out.array(), 0, out.size(), quoted);
    return new String(quoted.array(), 0, quoted.size(), StandardCharsets.UTF_8);
  }

  /// Quotes what was appended from `from` on.
  private static void quoteFrom(int from, ValueBuffer out) {
    for (var i = from; i < out.size(); i++) {
      var b = out.array()[i];
      if (b == '"' || b == '\\' || (b >= 0 && b < 0x20)) {
        var raw = Arrays.copyOfRange(out.array(), from, out.size());
        out.truncate(from);
        JsonText.quote(raw, 0, raw.length, out);
        return;
      }
    }
    out.put('"');
    System.arraycopy(out.array(), from, out.array(), from + 1, out.size() - 1 - from);
    out.array()[from] = '"';
    out.put('"');
  }

  /// A piece of the object.
  private sealed interface Node {
    void write(StreamInfo info, ValueBuffer out);
  }

  /// An object's member, its key quoted.
  private record Member(String key, Node value) {}

  private record Members(List<Member> members) implements Node {
    @Override
    public void write(StreamInfo info, ValueBuffer out) {
      out.put('{');
      for (var i = 0; i < members.size(); i++) {
        if (i > 0) {
          out.put(',');
        }
        out.put(members.get(i).key());
        out.put(':');
        members.get(i).value().write(info, out);
      }
      out.put('}');
    }
  }

  private record Items(List<Node> items) implements Node {
    @Override
    public void write(StreamInfo info, ValueBuffer out) {
      out.put('[');
      for (var i = 0; i < items.size(); i++) {
        if (i > 0) {
          out.put(',');
        }
        items.get(i).write(info, out);
      }
      out.put(']');
    }
  }

  private record Fixed(String json) implements Node {
    @Override
    public void write(StreamInfo info, ValueBuffer out) {
      out.put(json);
    }
  }

  private record Alone(FormatOperator operator) implements Node {
    @Override
    public void write(StreamInfo info, ValueBuffer out) {
      var from = out.size();
      if (!operator.write(info, out)) {
        out.truncate(from);
        out.put("null");
      } else if (!operator.numeric()) {
        quoteFrom(from, out);
      }
    }
  }

  private record Mixed(FormatString format) implements Node {
    @Override
    public void write(StreamInfo info, ValueBuffer out) {
      var from = out.size();
      format.write(info, out);
      quoteFrom(from, out);
    }
  }
}

package dev.outrider.proxy.attributes;

import dev.outrider.proxy.stream.StreamInfo;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/// A JSON object whose strings are format strings (Envoy `json_format`). Keys are sorted. An
/// operator alone in its string keeps its type: a number stays one, metadata are objects, a missing
/// value is null. Immutable, any thread.
public final class JsonFormat {
  private final Members root;
  private final boolean omitEmpty;

  private JsonFormat(Members root, boolean omitEmpty) {
    this.root = root;
    this.omitEmpty = omitEmpty;
  }

  /// Compiles an object of maps (with text keys), lists, texts, numbers and booleans; a null value
  /// stays null.
  ///
  /// @param omitEmpty leaves out what would be null, and objects in which nothing remains
  public static JsonFormat parse(
      Map<?, ?> object,
      boolean omitEmpty,
      FormatEnvironment environment,
      Consumer<String> problems) {
    return new JsonFormat(
        new Compilation(omitEmpty, environment, problems).members(object), omitEmpty);
  }

  /// Appends the object for one stream, without a line end.
  public void write(StreamInfo info, ValueBuffer out) {
    if (!root.write(info, out) && omitEmpty) {
      out.put("{}");
    }
  }

  /// One compilation: what all its nodes have in common.
  private record Compilation(
      boolean omitEmpty, FormatEnvironment environment, Consumer<String> problems) {

    private Members members(Map<?, ?> map) {
      var members = new TreeMap<String, Node>();
      map.forEach((key, member) -> members.put(String.valueOf(key), node(member)));
      return new Members(
          members.entrySet().stream()
              .map(e -> new Member(JsonText.quoted(e.getKey()), e.getValue()))
              .toList(),
          omitEmpty);
    }

    private Node node(Object value) {
      return switch (value) {
        case null -> omitEmpty ? new Nothing() : new Fixed("null");
        case Map<?, ?> map -> members(map);
        case List<?> list -> new Items(list.stream().map(this::node).toList());
        case String text -> text(FormatString.parse(text, environment, problems));
        case Number number -> new Fixed(JsonNumber.text(number.doubleValue()));
        case Boolean flag -> new Fixed(flag.toString());
        default -> {
          problems.accept("json_format cannot hold a " + value.getClass().getSimpleName());
          yield new Nothing();
        }
      };
    }

    private Node text(FormatString format) {
      return format.steps().size() == 1
              && format.steps().getFirst() instanceof FormatString.Step.Operator(var operator)
          ? new Alone(operator, omitEmpty)
          : new Mixed(format, omitEmpty ? "" : "-");
    }
  }

  /// A piece of the object.
  private sealed interface Node {
    /// False, with nothing written, if it is left out.
    boolean write(StreamInfo info, ValueBuffer out);
  }

  /// An object's member, its key quoted.
  private record Member(String key, Node value) {}

  private record Members(List<Member> members, boolean omitEmpty) implements Node {
    @Override
    public boolean write(StreamInfo info, ValueBuffer out) {
      var from = out.size();
      var empty = true;
      out.put('{');
      for (var i = 0; i < members.size(); i++) {
        var before = out.size();
        if (!empty) {
          out.put(',');
        }
        out.put(members.get(i).key());
        out.put(':');
        if (members.get(i).value().write(info, out)) {
          empty = false;
        } else {
          out.truncate(before);
        }
      }
      out.put('}');
      if (empty && omitEmpty) {
        out.truncate(from);
        return false;
      }
      return true;
    }
  }

  private record Items(List<Node> items) implements Node {
    @Override
    public boolean write(StreamInfo info, ValueBuffer out) {
      var empty = true;
      out.put('[');
      for (var i = 0; i < items.size(); i++) {
        var before = out.size();
        if (!empty) {
          out.put(',');
        }
        if (items.get(i).write(info, out)) {
          empty = false;
        } else {
          out.truncate(before);
        }
      }
      out.put(']');
      return true;
    }
  }

  private record Fixed(String json) implements Node {
    @Override
    public boolean write(StreamInfo info, ValueBuffer out) {
      out.put(json);
      return true;
    }
  }

  private record Nothing() implements Node {
    @Override
    public boolean write(StreamInfo info, ValueBuffer out) {
      return false;
    }
  }

  private record Alone(FormatOperator operator, boolean omitEmpty) implements Node {
    @Override
    public boolean write(StreamInfo info, ValueBuffer out) {
      var from = out.size();
      if (operator.writeJson(info, out)) {
        return true;
      }
      out.truncate(from);
      if (!omitEmpty) {
        out.put("null");
      }
      return !omitEmpty;
    }
  }

  private record Mixed(FormatString format, String missing) implements Node {
    @Override
    public boolean write(StreamInfo info, ValueBuffer out) {
      var from = out.size();
      format.write(info, out, missing);
      JsonText.quoteFrom(from, out);
      return true;
    }
  }
}

package dev.outrider.proxy.differential;

import dev.outrider.proxy.differential.Case.Script;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads steps. Holds what `{name}` stands for in this case's texts.
record ScriptReader(Map<String, Object> with, String place) {
  static final Script PLAIN =
      new Script(
          List.of(
              new Step.Read(Step.What.REQUEST),
              new Step.Send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", false)),
          true);

  List<Step> steps(List<?> nodes) {
    var steps = new ArrayList<Step>();
    for (var node : nodes) {
      var fields = Fields.of(node, place);
      int repeat = fields.number("repeat", 1);
      for (int i = 0; i < repeat; i++) {
        var reader = fields.has("repeat") ? repeated(i) : this;
        if (fields.has("steps")) {
          steps.addAll(reader.steps(fields.list("steps")));
        } else {
          steps.add(reader.step(Fields.of(node, place)));
        }
      }
    }
    return steps;
  }

  private ScriptReader repeated(int i) {
    var more = new HashMap<>(with);
    more.put("i", i);
    more.put("odd", 2 * i + 1);
    return new ScriptReader(more, place);
  }

  /// Without a script of its own the service answers 200.
  List<Script> upstream(@Nullable Object node) {
    if (node == null) {
      return List.of(PLAIN);
    }
    if (node instanceof List<?> scripts) {
      return scripts.stream().map(this::script).toList();
    }
    return List.of(script(node));
  }

  private Script script(Object node) {
    if (node instanceof List<?> nodes) {
      return new Script(steps(nodes), false);
    }
    return new Script(
        List.of(
            new Step.Read(Step.What.REQUEST),
            new Step.Send(WireText.bytes(filled(node.toString())), false)),
        true);
  }

  private Step step(Fields fields) {
    fields.any("repeat");
    var step = fields.has("frame") || http2(fields) ? frame(fields) : plain(fields);
    fields.done();
    return step;
  }

  private static boolean http2(Fields fields) {
    for (var key : List.of("headers", "data", "rst", "settings", "ping", "window", "goaway")) {
      if (fields.has(key)) {
        return true;
      }
    }
    return false;
  }

  private Step plain(Fields fields) {
    if (fields.has("send")) {
      return new Step.Send(bytes(fields, "send"), fields.flag("each_byte"));
    }
    if (fields.has("read")) {
      return new Step.Read(Step.What.valueOf(fields.text("read").toUpperCase(Locale.ROOT)));
    }
    if (fields.has("bytes")) {
      return new Step.ReadBytes(number(fields, "bytes", 0));
    }
    if (fields.has("stream")) {
      return new Step.ReadStream(number(fields, "stream", 0), Step.ReadStream.ALL);
    }
    if (fields.has("stream_head")) {
      return new Step.ReadStream(number(fields, "stream_head", 0), 0);
    }
    if (fields.has("stream_bytes")) {
      return new Step.ReadStream(number(fields, "stream_bytes", 0), number(fields, "count", 1));
    }
    if (fields.has("emit")) {
      return new Step.Emit(fields.text("emit"));
    }
    if (fields.has("await")) {
      return new Step.Await(fields.text("await"));
    }
    if (fields.has("on")) {
      return new Step.On(fields.text("on"));
    }
    if (fields.has("admin")) {
      return new Step.Admin(fields.text("admin"));
    }
    if (fields.has("page")) {
      var request = fields.text("page").split(" ", 2);
      return new Step.Page(request[0], request[1], fields.text("as"), fields.number("lines", 0));
    }
    if (fields.flag("half_close")) {
      return new Step.HalfClose();
    }
    if (fields.flag("reset")) {
      return new Step.Reset();
    }
    if (fields.flag("close")) {
      return new Step.Close();
    }
    throw new IllegalArgumentException(place + ": a step without a verb");
  }

  private Step.Frame frame(Fields fields) {
    int end = fields.flag("end") ? Frames.END_STREAM : 0;
    if (fields.has("headers")) {
      int flags = fields.has("flags") ? number(fields, "flags", 0) : Frames.END_HEADERS | end;
      return new Step.Frame(
          Frames.HEADERS,
          flags,
          number(fields, "headers", 0),
          Frames.block(filled(fields.text("fields", ""))));
    }
    if (fields.has("data")) {
      return new Step.Frame(Frames.DATA, end, number(fields, "data", 0), bytes(fields, "text"));
    }
    if (fields.has("rst")) {
      return new Step.Frame(
          Frames.RST_STREAM, 0, number(fields, "rst", 0), Frames.int32(number(fields, "code", 8)));
    }
    if (fields.has("settings")) {
      var payload = new StringBuilder();
      fields
          .map("settings")
          .forEach((id, value) -> payload.append(Frames.setting(id, value.toString())));
      return new Step.Frame(Frames.SETTINGS, number(fields, "flags", 0), 0, payload.toString());
    }
    if (fields.has("ping")) {
      return new Step.Frame(Frames.PING, number(fields, "flags", 0), 0, bytes(fields, "ping"));
    }
    if (fields.has("window")) {
      return new Step.Frame(
          Frames.WINDOW_UPDATE,
          0,
          number(fields, "window", 0),
          Frames.int32(number(fields, "by", 1)));
    }
    if (fields.has("goaway")) {
      return new Step.Frame(
          Frames.GOAWAY,
          0,
          0,
          Frames.int32(number(fields, "last", 0)) + Frames.int32(number(fields, "goaway", 0)));
    }
    return new Step.Frame(
        number(fields, "frame", 0),
        number(fields, "flags", 0),
        number(fields, "stream", 0),
        bytes(fields, "payload"));
  }

  String bytes(Fields fields, String key) {
    return WireText.bytes(filled(fields.text(key, "")));
  }

  private int number(Fields fields, String key, int otherwise) {
    return fields.has(key) ? Integer.decode(filled(fields.text(key))) : otherwise;
  }

  String filled(String text) {
    var filled = text;
    for (var variable : with.entrySet()) {
      filled = filled.replace("{" + variable.getKey() + "}", variable.getValue().toString());
    }
    return filled;
  }
}

package dev.outrider.proxy.admin;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/// JSON into a text, indented by one as Envoy does. Gson's writer without its checked exception,
/// which memory never throws.
final class JsonText {
  private final StringWriter text = new StringWriter();
  private final JsonWriter writer = new JsonWriter(text);

  JsonText() {
    writer.setIndent(" ");
    writer.setHtmlSafe(false);
  }

  /// One call on the writer.
  private interface Step {
    void run(JsonWriter writer) throws IOException;
  }

  JsonText beginObject() {
    return write(JsonWriter::beginObject);
  }

  JsonText endObject() {
    return write(JsonWriter::endObject);
  }

  JsonText beginArray() {
    return write(JsonWriter::beginArray);
  }

  JsonText endArray() {
    return write(JsonWriter::endArray);
  }

  JsonText name(String name) {
    return write(writer -> writer.name(name));
  }

  JsonText value(String value) {
    return write(writer -> writer.value(value));
  }

  JsonText value(long value) {
    return write(writer -> writer.value(value));
  }

  /// A text, a number or a boolean.
  JsonText scalar(Object value) {
    return write(
        writer -> {
          switch (value) {
            case Boolean flag -> writer.value(flag);
            case Number number -> writer.value(number);
            default -> writer.value(value.toString());
          }
        });
  }

  private JsonText write(Step step) {
    try {
      step.run(writer);
      return this;
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  /// The finished text, with a line end.
  @Override
  public String toString() {
    return text + "\n";
  }
}

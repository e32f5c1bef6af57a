package dev.outrider.proxywasm.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxywasm.host.ByteSink;
import dev.outrider.proxywasm.host.HeaderAccess;
import dev.outrider.proxywasm.host.HeaderList;
import dev.outrider.proxywasm.host.HeaderVisitor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A header map of texts.
public final class TestHeaders implements HeaderAccess {
  private record Field(String name, String value) {
    @Override
    public String toString() {
      return name + ": " + value;
    }
  }

  private final List<Field> fields = new ArrayList<>();

  /// A map of fields.
  ///
  /// @param namesAndValues name, value, name, value
  public static TestHeaders of(String... namesAndValues) {
    var headers = new TestHeaders();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      headers.with(namesAndValues[i], namesAndValues[i + 1]);
    }
    return headers;
  }

  /// The same fields as a list that left the guest.
  public static TestHeaders of(HeaderList list) {
    var headers = new TestHeaders();
    list.forEach(headers::addUnchecked);
    return headers;
  }

  private void addUnchecked(
      byte[] name, int nameOffset, int nameLength, byte[] value, int valueOffset, int valueLength) {
    with(text(name, nameOffset, nameLength), text(value, valueOffset, valueLength));
  }

  /// Appends a field.
  public TestHeaders with(String name, String value) {
    fields.add(new Field(name, value));
    return this;
  }

  /// The first value of a field, or null.
  public @Nullable String first(String name) {
    var all = all(name);
    return all.isEmpty() ? null : all.getFirst();
  }

  /// Every value of a field, in order.
  public List<String> all(String name) {
    return fields.stream().filter(f -> f.name.equals(name)).map(Field::value).toList();
  }

  /// Every name, in order.
  public List<String> names() {
    return fields.stream().map(Field::name).toList();
  }

  @Override
  public int size() {
    return fields.size();
  }

  @Override
  public int byteSize() {
    return fields.stream().mapToInt(f -> bytes(f.name).length + bytes(f.value).length).sum();
  }

  @Override
  public boolean get(byte[] name, int offset, int length, ByteSink value) {
    var found = first(text(name, offset, length));
    if (found == null) {
      return false;
    }
    var bytes = bytes(found);
    value.accept(bytes, 0, bytes.length);
    return true;
  }

  @Override
  public void forEach(HeaderVisitor visitor) {
    for (var field : fields) {
      var name = bytes(field.name);
      var value = bytes(field.value);
      visitor.field(name, 0, name.length, value, 0, value.length);
    }
  }

  @Override
  public boolean add(
      byte[] name, int nameOffset, int nameLength, byte[] value, int valueOffset, int valueLength) {
    var field = text(name, nameOffset, nameLength);
    var content = text(value, valueOffset, valueLength);
    if (!mayHold(field, content)) {
      return false;
    }
    with(field, content);
    return true;
  }

  /// Pseudo-headers are those that exist, and a status is a number.
  private static boolean mayHold(String name, String value) {
    return switch (name) {
      case ":status" -> value.matches("[0-9]{3}");
      case ":method", ":path", ":authority", ":scheme" -> !value.isEmpty();
      default -> !name.startsWith(":");
    };
  }

  @Override
  public boolean replace(
      byte[] name, int nameOffset, int nameLength, byte[] value, int valueOffset, int valueLength) {
    if (!mayHold(text(name, nameOffset, nameLength), text(value, valueOffset, valueLength))) {
      return false;
    }
    remove(name, nameOffset, nameLength);
    return add(name, nameOffset, nameLength, value, valueOffset, valueLength);
  }

  @Override
  public void remove(byte[] name, int offset, int length) {
    var gone = text(name, offset, length);
    fields.removeIf(f -> f.name.equals(gone));
  }

  @Override
  public void clear() {
    fields.clear();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static String text(byte[] bytes, int offset, int length) {
    return new String(bytes, offset, length, UTF_8);
  }

  @Override
  public String toString() {
    return fields.toString();
  }
}

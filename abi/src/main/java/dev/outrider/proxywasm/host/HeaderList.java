package dev.outrider.proxywasm.host;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Header fields that outlive the guest call they came from: a local reply's or a callout's.
/// Ordered, names lower-case.
///
/// One byte array and one offset array. Filled once by its maker, then only read, by any thread.
public final class HeaderList {
  /// No fields. Shared: nobody adds to it.
  public static final HeaderList EMPTY = new HeaderList(0, 0);

  private byte[] bytes;
  private int[] ends;
  private int fields;

  /// @param expectedFields number of fields, a hint
  /// @param expectedBytes bytes of all names and values, a hint
  public HeaderList(int expectedFields, int expectedBytes) {
    bytes = new byte[expectedBytes];
    ends = new int[2 * expectedFields];
  }

  /// A list of text fields, given as name, value, name, value; for configuration and tests.
  public static HeaderList of(String... namesAndValues) {
    var list = new HeaderList(namesAndValues.length / 2, 0);
    for (int i = 0; i < namesAndValues.length; i += 2) {
      var name = namesAndValues[i].getBytes(UTF_8);
      var value = namesAndValues[i + 1].getBytes(UTF_8);
      list.add(name, 0, name.length, value, 0, value.length);
    }
    return list;
  }

  /// Appends a copy of a field. Only the maker of the list may call this, before anybody else sees
  /// it.
  public void add(
      byte[] name, int nameOffset, int nameLength, byte[] value, int valueOffset, int valueLength) {
    int start = byteSize();
    int end = start + nameLength + valueLength;
    if (end > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(end, 2 * bytes.length));
    }
    if (2 * fields == ends.length) {
      ends = Arrays.copyOf(ends, Math.max(8, 2 * ends.length));
    }
    System.arraycopy(name, nameOffset, bytes, start, nameLength);
    System.arraycopy(value, valueOffset, bytes, start + nameLength, valueLength);
    ends[2 * fields] = start + nameLength;
    ends[2 * fields + 1] = end;
    fields++;
  }

  /// Number of fields.
  public int size() {
    return fields;
  }

  /// Bytes of all names and values.
  public int byteSize() {
    return fields == 0 ? 0 : ends[2 * fields - 1];
  }

  /// Visits every field in order.
  public void forEach(HeaderVisitor visitor) {
    int start = 0;
    for (int i = 0; i < fields; i++) {
      int nameEnd = ends[2 * i];
      int valueEnd = ends[2 * i + 1];
      visitor.field(bytes, start, nameEnd - start, bytes, nameEnd, valueEnd - nameEnd);
      start = valueEnd;
    }
  }

  /// The first value of a field as text, or null. Allocates.
  public @Nullable String first(String name) {
    var wanted = name.getBytes(UTF_8);
    int start = 0;
    for (int i = 0; i < fields; i++) {
      int nameEnd = ends[2 * i];
      int valueEnd = ends[2 * i + 1];
      if (Arrays.equals(wanted, 0, wanted.length, bytes, start, nameEnd)) {
        return new String(bytes, nameEnd, valueEnd - nameEnd, UTF_8);
      }
      start = valueEnd;
    }
    return null;
  }

  @Override
  public String toString() {
    var text = new StringBuilder();
    forEach(
        (name, nameAt, nameLength, value, valueAt, valueLength) ->
            text.append(new String(name, nameAt, nameLength, UTF_8))
                .append(": ")
                .append(new String(value, valueAt, valueLength, UTF_8))
                .append('\n'));
    return text.toString();
  }
}

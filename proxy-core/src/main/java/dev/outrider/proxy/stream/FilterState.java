package dev.outrider.proxy.stream;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Values that filters leave for each other and for the log, by name. Names are bytes, since guests
/// give bytes.
///
/// One thread. Few entries, so a linear search; cleared and used again with its stream.
public final class FilterState {
  /// The name of the one value that a hash policy can use.
  public static final String HASHABLE_TEXT = "envoy.hashable_string";

  /// Guests decide what is kept, and a connection may last for ever.
  static final int MOST_ENTRIES = 1024;

  /// Of all values together.
  static final int MOST_BYTES = 16 << 20;

  /// Made for the first that is kept.
  private @Nullable List<Entry> kept;

  private int bytes;

  /// Null if there is none.
  public @Nullable Entry get(byte[] name) {
    return get(new byte[0], name, 0, name.length);
  }

  public @Nullable Entry get(String name) {
    return get(name.getBytes(StandardCharsets.UTF_8));
  }

  /// Looks for `prefix` followed by a range of `name`, without joining them.
  public @Nullable Entry get(byte[] prefix, byte[] name, int offset, int length) {
    for (var i = 0; kept != null && i < kept.size(); i++) {
      if (kept.get(i).isNamed(prefix, name, offset, length)) {
        return kept.get(i);
      }
    }
    return null;
  }

  /// False, and nothing changed, if a read-only value has that name, or there is no room.
  public boolean set(Entry entry) {
    if (kept == null) {
      kept = new ArrayList<>(1);
    }
    var entries = kept;
    for (var i = 0; i < entries.size(); i++) {
      var old = entries.get(i);
      if (Arrays.equals(old.name, entry.name)) {
        var room = !old.shape.readOnly && take(entry.value.length - old.value.length);
        if (room) {
          entries.set(i, entry);
        }
        return room;
      }
    }
    var room = entries.size() < MOST_ENTRIES && take(entry.value.length);
    if (room) {
      entries.add(entry);
    }
    return room;
  }

  private boolean take(int more) {
    if (bytes + more > MOST_BYTES) {
      return false;
    }
    bytes += more;
    return true;
  }

  public List<Entry> entries() {
    return kept == null ? List.of() : kept;
  }

  public void clear() {
    if (kept != null) {
      kept.clear();
    }
    bytes = 0;
  }

  /// One value.
  public static final class Entry {
    private final byte[] name;
    private final byte[] value;
    private final Shape shape;

    /// Takes both arrays: nobody writes to them afterwards.
    public Entry(byte[] name, byte[] value, Shape shape) {
      this.name = name;
      this.value = value;
      this.shape = shape;
    }

    /// Lent.
    public byte[] name() {
      return name;
    }

    /// Lent; as a filter gave it.
    public byte[] value() {
      return value;
    }

    public Shape shape() {
      return shape;
    }

    private boolean isNamed(byte[] prefix, byte[] rest, int offset, int length) {
      return name.length == prefix.length + length
          && Arrays.equals(name, 0, prefix.length, prefix, 0, prefix.length)
          && Arrays.equals(name, prefix.length, name.length, rest, offset, offset + length);
    }
  }

  /// What is agreed about a value before it is set.
  ///
  /// @param schema the type URL of a [Type#PROTOBUF]; empty for all others
  /// @param readOnly whether it can be set only once
  public record Shape(Type type, String schema, boolean readOnly, Span span) {
    /// Bytes that can be set again and end with the stream.
    public static final Shape DEFAULT = new Shape(Type.BYTES, "", false, Span.FILTER_CHAIN);
  }

  /// What the bytes of a value mean (Envoy CelStateType).
  public enum Type {
    BYTES,
    TEXT,
    FLATBUFFERS,
    PROTOBUF
  }

  /// How long a value lives (Envoy StreamInfo::FilterState::LifeSpan).
  public enum Span {
    FILTER_CHAIN,
    REQUEST,
    CONNECTION
  }
}

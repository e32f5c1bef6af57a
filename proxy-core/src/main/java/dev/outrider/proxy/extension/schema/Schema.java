package dev.outrider.proxy.extension.schema;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// All message and enum types of the configuration, each decoded when it is first asked for.
///
/// Shared by all threads: the arrays of decoded types are filled racily, with equal values.
public final class Schema {
  private static final String RESOURCE = "/dev/outrider/proto/schema.table";
  private static final int MAGIC = 0x4F534331;

  private final byte[] table;
  private final int bodies;
  private final Index messageIndex;
  private final Index enumIndex;
  private final Map<String, Integer> messageByName;
  private final AtomicReferenceArray<@Nullable SchemaMessage> messages;
  private final AtomicReferenceArray<@Nullable SchemaEnum> enums;

  /// Names and where their bodies start, relative to the first body.
  private record Index(List<String> names, List<Integer> offsets) {}

  private Schema(byte[] table) {
    this.table = table;
    var in = new TableInput(table, 0);
    if (in.i32() != MAGIC) {
      throw new IllegalStateException(RESOURCE + " is not a schema table of this version");
    }
    messageIndex = index(in);
    enumIndex = index(in);
    bodies = in.position();
    messages = new AtomicReferenceArray<>(messageIndex.names.size());
    enums = new AtomicReferenceArray<>(enumIndex.names.size());
    messageByName = HashMap.newHashMap(messageIndex.names.size());
    for (int i = 0; i < messageIndex.names.size(); i++) {
      messageByName.put(messageIndex.names.get(i), i);
    }
  }

  /// Reads the table that was built beside the generated messages.
  public static Schema load() {
    try (var in = Schema.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is not on the class path");
      }
      return new Schema(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The message of that full name, null if the schema has none.
  public @Nullable SchemaMessage message(String fullName) {
    var index = messageByName.get(fullName);
    return index == null ? null : message(index);
  }

  /// As [#message(String)], for a name that the program itself wrote down.
  public SchemaMessage require(String fullName) {
    var message = message(fullName);
    if (message == null) {
      throw new IllegalArgumentException("the schema has no message " + fullName);
    }
    return message;
  }

  /// The type of a field of kind MESSAGE; for a map the type of its entries.
  public SchemaMessage messageOf(SchemaField field) {
    return message(field.type());
  }

  /// The type of a field of kind ENUM.
  public SchemaEnum enumOf(SchemaField field) {
    int index = field.type();
    var known = enums.get(index);
    if (known == null) {
      known =
          new TableInput(table, bodies + enumIndex.offsets.get(index))
              .enumeration(enumIndex.names.get(index));
      enums.set(index, known);
    }
    return known;
  }

  /// Full names of all messages, sorted.
  public List<String> messageNames() {
    return messageIndex.names;
  }

  private SchemaMessage message(int index) {
    var known = messages.get(index);
    if (known == null) {
      known =
          new TableInput(table, bodies + messageIndex.offsets.get(index))
              .message(messageIndex.names.get(index));
      messages.set(index, known);
    }
    return known;
  }

  private static Index index(TableInput in) {
    int count = in.i16() & 0xFFFF;
    var names = new ArrayList<String>(count);
    var offsets = new ArrayList<Integer>(count);
    for (int i = 0; i < count; i++) {
      names.add(in.text());
      offsets.add(in.i32());
    }
    return new Index(List.copyOf(names), List.copyOf(offsets));
  }
}

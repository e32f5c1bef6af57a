package dev.outrider.proxy.extension.schema;

import org.jspecify.annotations.Nullable;

/// One field of a message.
///
/// @param name as in the `.proto` file
/// @param jsonName its lowerCamel form
/// @param flags see the accessors
/// @param oneof the oneof it belongs to; those invented for `optional` do not count
/// @param type index of the message or enum type in the schema, -1 for other kinds
public record SchemaField(
    int number,
    String name,
    String jsonName,
    FieldKind kind,
    int flags,
    @Nullable String oneof,
    int type,
    Rules rules) {

  /// A list or a map.
  public boolean repeated() {
    return (flags & 1) != 0;
  }

  /// A list whose values stand in one length-delimited run.
  public boolean packed() {
    return (flags & 2) != 0;
  }

  /// On the wire a list of entries with key 1 and value 2.
  public boolean map() {
    return (flags & 4) != 0;
  }

  /// Unset and default are different things: messages, members of a oneof, `optional`.
  public boolean presence() {
    return (flags & 8) != 0;
  }

  public boolean deprecated() {
    return (flags & 16) != 0;
  }

  /// Carries a secret (`udpa.annotations.sensitive`).
  public boolean sensitive() {
    return (flags & 32) != 0;
  }
}

package dev.outrider.proxywasm.host;

/// One header or trailer map, by byte ranges, so that nothing is allocated per field.
///
/// Names arrive lower-cased and, on writes, already checked: no CR, LF or NUL in a name or a value.
/// Request heads carry `:method`, `:path`, `:authority`, `:scheme`; response heads `:status`. Order
/// is kept.
public interface HeaderAccess {
  /// Number of fields; a name with two values counts twice.
  int size();

  /// Sum of the bytes of all names and values.
  int byteSize();

  /// Hands the first value of a field to `value`, exactly once, and answers whether there was one.
  boolean get(byte[] name, int offset, int length, ByteSink value);

  /// Visits every field in order. The map is not changed meanwhile.
  void forEach(HeaderVisitor visitor);

  /// Appends a field; borrows both ranges. False if the host can have no such field (a
  /// pseudo-header it does not know, a status that is no number): then nothing has changed and the
  /// guest is told.
  boolean add(
      byte[] name, int nameOffset, int nameLength, byte[] value, int valueOffset, int valueLength);

  /// Makes this the only field of that name; borrows both ranges. False as for [#add].
  boolean replace(
      byte[] name, int nameOffset, int nameLength, byte[] value, int valueOffset, int valueLength);

  /// Removes every field of that name; a missing one is no error.
  void remove(byte[] name, int offset, int length);

  /// Removes every field, pseudo-headers included.
  void clear();
}

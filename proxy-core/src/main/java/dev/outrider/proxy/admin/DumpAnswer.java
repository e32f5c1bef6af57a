package dev.outrider.proxy.admin;

/// What became of a question for `/config_dump`.
public sealed interface DumpAnswer {
  /// The dump.
  ///
  /// @param json `{}` if nothing has the names asked for
  record Shown(String json) implements DumpAnswer {}

  /// No dump has such a field.
  record NoSuchResource() implements DumpAnswer {}

  /// The field is there once, so that its elements cannot be shown.
  record NotRepeated() implements DumpAnswer {}

  /// The mask fits nothing that would be shown.
  record BadMask() implements DumpAnswer {}
}

package dev.outrider.proxy.extension.schema;

import java.util.List;

/// What `validate.rules` asks of one field.
///
/// @param field of the value, or of a list or map as a whole
/// @param items of each item of a list
/// @param keys of each key of a map
/// @param values of each value of a map
public record Rules(List<Rule> field, List<Rule> items, List<Rule> keys, List<Rule> values) {
  static final Rules NONE = new Rules(List.of(), List.of(), List.of(), List.of());

  public Rules {
    field = List.copyOf(field);
    items = List.copyOf(items);
    keys = List.copyOf(keys);
    values = List.copyOf(values);
  }

  /// No item may be there twice.
  public boolean unique() {
    for (var rule : field) {
      if (rule instanceof Rule.Unique) {
        return true;
      }
    }
    return false;
  }
}

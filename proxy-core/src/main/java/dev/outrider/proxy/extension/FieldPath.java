package dev.outrider.proxy.extension;

import org.jspecify.annotations.Nullable;

/// Path of a field from the root of a resource, put into text only when a problem needs it: most
/// paths are walked and never told.
public final class FieldPath {
  public static final FieldPath ROOT = new FieldPath(null, "", Step.FIELD, 0);

  private final @Nullable FieldPath parent;
  private final String name;
  private final Step step;
  private final int index;

  /// What leads from the parent.
  private enum Step {
    FIELD,
    ITEM,
    KEY
  }

  private FieldPath(@Nullable FieldPath parent, String name, Step step, int index) {
    this.parent = parent;
    this.name = name;
    this.step = step;
    this.index = index;
  }

  public FieldPath field(String fieldName) {
    return new FieldPath(this, fieldName, Step.FIELD, 0);
  }

  /// An item of the list that this path leads to.
  public FieldPath item(int number) {
    return new FieldPath(this, "", Step.ITEM, number);
  }

  /// An entry of the map that this path leads to.
  public FieldPath key(String key) {
    return new FieldPath(this, key, Step.KEY, 0);
  }

  /// E.g. `filter_chains[0].filters[1].name`; empty at the root.
  @Override
  public String toString() {
    var text = new StringBuilder();
    appendTo(text);
    return text.toString();
  }

  private void appendTo(StringBuilder text) {
    if (parent == null) {
      return;
    }
    parent.appendTo(text);
    switch (step) {
      case FIELD -> text.append(text.isEmpty() ? "" : ".").append(name);
      case ITEM -> text.append('[').append(index).append(']');
      case KEY -> text.append("['").append(name).append("']");
    }
  }
}

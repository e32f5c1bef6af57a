package dev.outrider.proxy.extension;

import org.jspecify.annotations.Nullable;

/// Path of a field from the root of a resource, put into text only when a problem needs it.
public final class FieldPath {
  public static final FieldPath ROOT = new FieldPath(null, "");

  private final @Nullable FieldPath parent;
  private final String step;

  private FieldPath(@Nullable FieldPath parent, String step) {
    this.parent = parent;
    this.step = step;
  }

  public FieldPath field(String name) {
    return new FieldPath(this, name);
  }

  /// An item of the list that this path leads to.
  public FieldPath item(int index) {
    return new FieldPath(this, "[" + index + "]");
  }

  /// An entry of the map that this path leads to.
  public FieldPath key(String key) {
    return new FieldPath(this, "['" + key + "']");
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
    if (!text.isEmpty() && !step.startsWith("[")) {
      text.append('.');
    }
    text.append(step);
  }
}

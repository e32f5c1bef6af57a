package dev.outrider.proxy.wasm.foreign;

import dev.outrider.proxy.attributes.AttributeReader;
import org.jspecify.annotations.Nullable;

/// What one plugin has declared and compiled. On the thread of its VM; gone with the plugin.
public final class ForeignState {
  private final AttributeReader attributes;
  private final DeclaredProperties declared = new DeclaredProperties();
  private @Nullable Expressions expressions;

  /// @param attributes what the plugin's expressions read
  public ForeignState(AttributeReader attributes) {
    this.attributes = attributes;
  }

  public DeclaredProperties declared() {
    return declared;
  }

  /// Made at the first use, since it loads CEL.
  Expressions expressions() {
    var made = expressions;
    if (made == null) {
      made = new Expressions(attributes);
      expressions = made;
    }
    return made;
  }

  /// Null if there are none: then nothing of CEL is loaded.
  @Nullable Expressions knownExpressions() {
    return expressions;
  }
}

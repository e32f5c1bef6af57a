package dev.outrider.proxy.wasm.foreign;

import dev.outrider.proxy.attributes.AttributeReader;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What one plugin has declared and compiled. On the thread of its VM; gone with the plugin.
public final class ForeignState {
  private final AttributeReader attributes;
  private final DeclaredProperties declared = new DeclaredProperties();
  private final Set<String> warned = new HashSet<>(2);
  private @Nullable Expressions expressions;

  /// @param attributes what the plugin's expressions read
  public ForeignState(AttributeReader attributes) {
    this.attributes = attributes;
  }

  /// True the first time this is asked for that subject: then warn, later be silent.
  boolean firstWarning(String subject) {
    return warned.add(subject);
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

package dev.outrider.proxy.extension.check;

import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.schema.Schema;
import java.util.List;

/// Holds encoded messages against the `validate.rules` of the schema, typed configurations inside
/// them included. Immutable; any thread.
public final class SchemaValidator {
  private final Schema schema;

  public SchemaValidator(Schema schema) {
    this.schema = schema;
  }

  /// Every broken rule. Borrows `wire`, which must be merged: a message given in two parts counts
  /// as two.
  ///
  /// @param messageName full name of the type, which the schema must have
  /// @param resource what the problems are in
  public List<ConfigProblem> validate(String messageName, byte[] wire, String resource) {
    return new ValidationPass(schema, resource).run(schema.require(messageName), wire);
  }
}

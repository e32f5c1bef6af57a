package dev.outrider.proxywasm.guest;

import dev.outrider.proxywasm.engine.FunctionShape;
import dev.outrider.proxywasm.engine.ValueKind;
import java.util.ArrayList;
import java.util.List;

/// Function types in the short notation of the ABI tables: `iiI:i` is `(i32, i32, i64) -> i32`.
public final class Signature {
  private Signature() {}

  /// Reads one type.
  ///
  /// @param text parameters, a colon, results; `i` is i32 and `I` is i64
  public static FunctionShape parse(String text) {
    int colon = text.indexOf(':');
    return new FunctionShape(kinds(text.substring(0, colon)), kinds(text.substring(colon + 1)));
  }

  private static List<ValueKind> kinds(String letters) {
    var kinds = new ArrayList<ValueKind>();
    for (int i = 0; i < letters.length(); i++) {
      kinds.add(
          switch (letters.charAt(i)) {
            case 'i' -> ValueKind.I32;
            case 'I' -> ValueKind.I64;
            default -> throw new IllegalArgumentException(letters);
          });
    }
    return kinds;
  }
}

package dev.outrider.proxywasm.engine;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// Parameter and result types of a Wasm function. Prints as `(i32, i32) -> i32`.
public record FunctionShape(List<ValueKind> params, List<ValueKind> results) {
  public FunctionShape {
    params = List.copyOf(params);
    results = List.copyOf(results);
  }

  @Override
  public String toString() {
    return "(" + names(params) + ") -> " + (results.isEmpty() ? "()" : names(results));
  }

  private static String names(List<ValueKind> kinds) {
    return kinds.stream()
        .map(kind -> kind.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(", "));
  }
}

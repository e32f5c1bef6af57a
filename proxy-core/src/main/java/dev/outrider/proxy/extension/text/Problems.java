package dev.outrider.proxy.extension.text;

import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.FieldPath;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Collects the problems of one text, in the order of the text. Confined to one call.
final class Problems {
  private static final int MOST = 100;

  private final String name;
  private final List<Found> found = new ArrayList<>();
  private final @Nullable Consumer<ConfigProblem> tolerated;
  private boolean hiding;

  private record Found(int line, int column, ConfigProblem problem) {}

  Problems(String name) {
    this(name, null);
  }

  /// @param tolerated told of fields that do not exist; null = they are problems
  Problems(String name, @Nullable Consumer<ConfigProblem> tolerated) {
    this.name = name;
    this.tolerated = tolerated;
  }

  /// A field that does not exist.
  void unknown(int line, int column, FieldPath path, String message) {
    if (tolerated == null) {
      add(line, column, path, message);
    } else {
      tolerated.accept(new ConfigProblem(place(line, column), path.toString(), message));
    }
  }

  void add(ConfigNode at, FieldPath path, String message) {
    add(at.line(), at.column(), path, message);
  }

  void add(int line, int column, FieldPath path, String message) {
    found.add(
        new Found(line, column, new ConfigProblem(place(line, column), path.toString(), message)));
  }

  void expected(String what, ConfigNode found, FieldPath path) {
    add(found, path, "expected " + what + (hiding ? "" : ", found " + found.shown()));
  }

  /// From now on no value is printed, or it is again: what is written may be a secret, and problems
  /// go into logs. Returns what was before.
  boolean hide(boolean values) {
    var before = hiding;
    hiding = values;
    return before;
  }

  /// Sorted by place; of very many only the first hundred.
  List<ConfigProblem> sorted() {
    return found.stream()
        .sorted(Comparator.comparingInt(Found::line).thenComparingInt(Found::column))
        .limit(MOST)
        .map(Found::problem)
        .toList();
  }

  private String place(int line, int column) {
    return line == 0 ? name : name + ":" + line + ":" + column;
  }
}

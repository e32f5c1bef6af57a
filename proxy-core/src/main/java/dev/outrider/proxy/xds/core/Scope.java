package dev.outrider.proxy.xds.core;

import com.google.protobuf.Duration;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A place in a message while it is parsed, and the problems found so far in the whole message. Its
/// path is put into text only when somebody asks: thousands of places are passed for every problem.
/// Confined to one parse.
public final class Scope {
  /// For places that are no item of a list.
  private static final int NO_ITEM = -1;

  private final String resource;
  private final @Nullable Scope parent;
  private final String step;
  private final int item;
  private final List<ConfigProblem> problems;

  /// @param path of the place from the root of the resource; empty = the root
  public Scope(String resource, String path, List<ConfigProblem> problems) {
    this(resource, null, path, NO_ITEM, problems);
  }

  private Scope(
      String resource,
      @Nullable Scope parent,
      String step,
      int item,
      List<ConfigProblem> problems) {
    this.resource = resource;
    this.parent = parent;
    this.step = step;
    this.item = item;
    this.problems = problems;
  }

  /// The root of a resource.
  public static Scope of(String resource) {
    return new Scope(resource, "", new ArrayList<>());
  }

  public String resource() {
    return resource;
  }

  /// From the root of the resource, e.g. `filter_chains[0].filters[1]`; empty at the root.
  public String path() {
    var text = new StringBuilder();
    appendTo(text);
    return text.toString();
  }

  private void appendTo(StringBuilder text) {
    if (parent != null) {
      parent.appendTo(text);
    }
    if (!text.isEmpty()) {
      text.append('.');
    }
    text.append(step);
    if (item != NO_ITEM) {
      text.append('[').append(item).append(']');
    }
  }

  /// Of the whole message, in the order in which they were found. Shared, and added to.
  public List<ConfigProblem> problems() {
    return problems;
  }

  public Scope field(String name) {
    return new Scope(resource, this, name, NO_ITEM, problems);
  }

  /// An item of a list.
  public Scope item(String name, int index) {
    return new Scope(resource, this, name, index, problems);
  }

  /// The same place with problems of its own.
  public Scope alone() {
    return new Scope(resource, path(), new ArrayList<>());
  }

  public void problem(String message) {
    problems.add(new ConfigProblem(resource, path(), message));
  }

  public void problem(String field, String message) {
    field(field).problem(message);
  }

  /// As [#problem], for readers that name the message itself by an empty field.
  public void report(String field, String message) {
    (field.isEmpty() ? this : field(field)).problem(message);
  }

  /// Refuses a field that is set but not acted on, where to ignore it would do something else than
  /// was asked.
  public void refuse(boolean isSet, String field) {
    if (isSet) {
      problem(field, "is not supported");
    }
  }

  /// Milliseconds of a duration; a problem and 0 if it is negative.
  public long millis(String field, Duration duration) {
    var millis = duration.getSeconds() * 1_000 + duration.getNanos() / 1_000_000;
    if (millis < 0) {
      problem(field, "value must be greater than or equal to 0s");
      return 0;
    }
    return millis;
  }

  /// An unsigned 32-bit number where the proxy counts with `int`.
  public static int clamp(int unsigned) {
    return unsigned < 0 ? Integer.MAX_VALUE : unsigned;
  }

  /// For a provider that parses the extension configured here.
  public ParseContext context(String name) {
    return new ParseContext(resource, path(), name);
  }

  public <T> Parsed<T> result(T value) {
    return Parsed.of(value, problems);
  }
}

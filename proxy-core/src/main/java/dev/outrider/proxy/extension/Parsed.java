package dev.outrider.proxy.extension;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/// What parsing untrusted input gives: a value, or every reason why there is none.
public sealed interface Parsed<T> {

  /// The input was accepted.
  record Valid<T>(T value) implements Parsed<T> {}

  /// The input was refused.
  ///
  /// @param problems all that were found, at least one
  record Invalid<T>(List<ConfigProblem> problems) implements Parsed<T> {
    public Invalid {
      problems = List.copyOf(problems);
      if (problems.isEmpty()) {
        throw new IllegalArgumentException("refused without a problem");
      }
    }

    /// The same refusal for another type of value.
    public <U> Invalid<U> as() {
      return new Invalid<>(problems);
    }
  }

  static <T> Parsed<T> valid(T value) {
    return new Valid<>(value);
  }

  static <T> Parsed<T> invalid(ConfigProblem problem) {
    return new Invalid<>(List.of(problem));
  }

  /// `value` if there are no problems, else the problems.
  static <T> Parsed<T> of(T value, List<ConfigProblem> problems) {
    return problems.isEmpty() ? new Valid<>(value) : new Invalid<>(problems);
  }

  /// The value put through `step`; a refusal stays as it is.
  default <U> Parsed<U> then(Function<? super T, Parsed<U>> step) {
    return switch (this) {
      case Valid<T>(var value) -> step.apply(value);
      case Invalid<T> invalid -> invalid.as();
    };
  }

  /// As [#then], for a step that takes its time.
  default <U> CompletionStage<Parsed<U>> thenLater(
      Function<? super T, CompletionStage<Parsed<U>>> step) {
    return switch (this) {
      case Valid<T>(var value) -> step.apply(value);
      case Invalid<T> invalid -> CompletableFuture.completedFuture(invalid.as());
    };
  }

  /// The problems, none if the input was accepted.
  default List<ConfigProblem> problems() {
    return switch (this) {
      case Valid<T> _ -> List.of();
      case Invalid<T>(var problems) -> problems;
    };
  }
}

package dev.outrider.proxy.simulation;

/// One instruction that is wrong, in the words of the code it is planted in.
///
/// @param what the mistake, as a reviewer would put it
/// @param className where, below `dev.outrider.proxy`
/// @param edit what is done to the one place that fits
/// @param says what must be said when it is found: a regular expression, since one mistake may have
///   more than one consequence
public record PlantedBug(String what, String className, String method, Edit edit, String says) {
  String fullClassName() {
    return "dev.outrider.proxy." + className;
  }

  @Override
  public String toString() {
    return what;
  }

  /// What happens to an instruction of the method. Names are simple class names.
  public sealed interface Edit {
    /// The call is not made.
    record Skip(String owner, String name) implements Edit {}

    /// Of so many calls one is not made.
    ///
    /// @param index from 0
    record SkipOne(String owner, String name, int index, int of) implements Edit {}

    /// The call is made twice, with the same arguments.
    record Twice(String owner, String name) implements Edit {}

    /// Whatever the call answers is taken for that.
    record Answer(String owner, String name, boolean instead) implements Edit {}

    /// The field keeps its value.
    record NoWrite(String field) implements Edit {}
  }
}

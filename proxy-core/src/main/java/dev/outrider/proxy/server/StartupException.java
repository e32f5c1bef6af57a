package dev.outrider.proxy.server;

import java.util.List;

/// The process cannot start with what it was given: every reason, one sentence each, for the person
/// at the terminal.
public final class StartupException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> problems;

  public StartupException(List<String> problems) {
    super(String.join("; ", problems));
    this.problems = List.copyOf(problems);
  }

  /// At least one sentence.
  public List<String> problems() {
    return problems;
  }
}

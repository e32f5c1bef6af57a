package dev.outrider.proxy.extension.text;

/// The text itself cannot be read on from here; caught by [ConfigReader] only.
final class TextProblem extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int line;
  private final int column;

  /// @param line from 1, as `column`; 0 if it is about the whole text
  TextProblem(String message, int line, int column) {
    super(message, null, false, false);
    this.line = line;
    this.column = column;
  }

  String text() {
    var message = getMessage();
    return message == null ? "" : message;
  }

  int line() {
    return line;
  }

  int column() {
    return column;
  }
}

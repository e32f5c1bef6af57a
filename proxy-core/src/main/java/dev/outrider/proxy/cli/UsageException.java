package dev.outrider.proxy.cli;

/// The command line asks for something that cannot be; the message is one sentence for the person
/// who typed it.
final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }
}

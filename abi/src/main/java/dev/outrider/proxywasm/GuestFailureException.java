package dev.outrider.proxywasm;

/// A VM or a plugin that could not be started; thrown on control paths only.
public final class GuestFailureException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient GuestFailure failure;

  /// With the failure's own sentence.
  public GuestFailureException(GuestFailure failure) {
    super(failure.message());
    this.failure = failure;
  }

  /// What happened.
  public GuestFailure failure() {
    return failure;
  }
}

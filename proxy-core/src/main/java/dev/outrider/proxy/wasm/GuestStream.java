package dev.outrider.proxy.wasm;

import org.jspecify.annotations.Nullable;

/// A stream of a plugin, as the plugin sees it: somebody to tell when the guest is gone. A link of
/// the plugin's list, so that being in it costs nothing. On the VM's thread.
abstract class GuestStream {
  @Nullable GuestStream previous;
  @Nullable GuestStream next;

  /// It holds something until the guest lets it go.
  private boolean waits;

  /// A stream that waits for its guest must hear of the guest's end at once, since nothing else
  /// would wake it.
  final void waitForGuest() {
    waits = true;
  }

  final boolean waits() {
    return waits;
  }

  /// The VM has failed: the failure policy decides.
  public abstract void failed();

  /// The plugin's configuration has been gone for too long: ends the guest's part (the stream's
  /// context is closed before this returns); the failure policy decides about the rest.
  abstract void expired();
}

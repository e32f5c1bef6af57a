package dev.outrider.proxy.wasm;

import dev.outrider.proxywasm.host.StreamKind;
import org.jspecify.annotations.Nullable;

/// A stream of a plugin, as the plugin sees it: somebody to tell when the guest is gone. A link of
/// the plugin's list, so that being in it costs nothing. On the VM's thread.
abstract class GuestStream {
  @Nullable GuestStream previous;
  @Nullable GuestStream next;

  /// It has held something; it may wait for its guest.
  private boolean waits;

  private boolean requestHeld;
  private boolean responseHeld;
  // An int, since a stream is made for each request: differences are right for 24 days.
  private int progressMillis;

  /// A stream that waits for its guest must hear of the guest's end at once, since nothing else
  /// would wake it.
  final void waitForGuest() {
    waits = true;
  }

  final boolean waits() {
    return waits;
  }

  /// The guest holds that direction; what it was just shown was progress.
  final void held(StreamKind direction, int nowMillis) {
    setHeld(direction, true);
    progressMillis = nowMillis;
  }

  /// That direction goes on, or needs to no more.
  final void letGo(StreamKind direction) {
    setHeld(direction, false);
  }

  private void setHeld(StreamKind direction, boolean held) {
    if (isRequest(direction)) {
      requestHeld = held;
    } else {
      responseHeld = held;
    }
  }

  final boolean holds(StreamKind direction) {
    return isRequest(direction) ? requestHeld : responseHeld;
  }

  /// What goes to the service.
  private static boolean isRequest(StreamKind direction) {
    return direction == StreamKind.REQUEST || direction == StreamKind.DOWNSTREAM;
  }

  /// For how long the guest has held the stream without progress; -1 if it does not.
  final int heldMillis(int nowMillis) {
    return requestHeld || responseHeld ? nowMillis - progressMillis : -1;
  }

  /// The VM has failed: the failure policy decides.
  public abstract void failed();

  /// The plugin's configuration has been gone, or the stream been held, for too long: ends the
  /// guest's part (the stream's context is closed before this returns); the failure policy decides
  /// about the rest.
  abstract void expired();
}

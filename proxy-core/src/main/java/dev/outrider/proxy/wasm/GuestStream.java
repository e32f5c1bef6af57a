package dev.outrider.proxy.wasm;

import dev.outrider.proxywasm.host.StreamKind;
import org.jspecify.annotations.Nullable;

/// A stream of a plugin, as the plugin sees it: somebody to tell when the guest is gone. A link of
/// the plugin's list, so that being in it costs nothing. On the VM's thread.
abstract class GuestStream {
  @Nullable GuestStream previous;
  @Nullable GuestStream next;

  private static final long NOT_HELD = Long.MIN_VALUE;

  /// It has held something; it may wait for its guest.
  private boolean waits;

  private long requestHeldNanos = NOT_HELD;
  private long responseHeldNanos = NOT_HELD;

  /// A stream that waits for its guest must hear of the guest's end at once, since nothing else
  /// would wake it.
  final void waitForGuest() {
    waits = true;
  }

  /// The guest holds that direction since now: what it was just shown was progress.
  final void held(StreamKind direction, long nanos) {
    if (direction == StreamKind.REQUEST) {
      requestHeldNanos = nanos;
    } else {
      responseHeldNanos = nanos;
    }
  }

  /// That direction goes on, or needs to no more.
  final void letGo(StreamKind direction) {
    held(direction, NOT_HELD);
  }

  /// Since when the guest has held the stream without progress; `Long.MAX_VALUE` if it does not.
  final long heldNanos() {
    if (responseHeldNanos == NOT_HELD) {
      return requestHeldNanos == NOT_HELD ? Long.MAX_VALUE : requestHeldNanos;
    }
    return requestHeldNanos == NOT_HELD
        ? responseHeldNanos
        : Math.min(requestHeldNanos, responseHeldNanos);
  }

  final boolean waits() {
    return waits;
  }

  /// The VM has failed: the failure policy decides.
  public abstract void failed();

  /// The plugin's configuration has been gone, or the stream been held, for too long: ends the
  /// guest's part (the stream's context is closed before this returns); the failure policy decides
  /// about the rest.
  abstract void expired();
}

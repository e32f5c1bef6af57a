package dev.outrider.proxy.cluster;

import org.jspecify.annotations.Nullable;

/// Room for one unit (a connection, a request) inside a [Limit], given back exactly once.
///
/// Belongs to the stream or connection that holds it, lives as long, and is used again: taking
/// allocates nothing. One thread.
public final class Permit {
  private @Nullable Limit limit;

  /// False if the limit is reached; the permit is then not held.
  public boolean tryTake(Limit from) {
    requireFree();
    if (!from.tryTake()) {
      return false;
    }
    limit = from;
    return true;
  }

  /// Takes one even over the limit: Envoy always allows an endpoint its first connection.
  public void takeAnyway(Limit from) {
    requireFree();
    from.take();
    limit = from;
  }

  /// Gives it back; nothing happens if it is not held.
  public void release() {
    var held = limit;
    if (held != null) {
      limit = null;
      held.give();
    }
  }

  public boolean held() {
    return limit != null;
  }

  private void requireFree() {
    if (limit != null) {
      throw new IllegalStateException("a permit was taken twice without a release");
    }
  }
}

package dev.outrider.proxy.xds.grpc;

import io.grpc.ManagedChannel;
import org.jspecify.annotations.Nullable;

/// How connections to one control plane are made. Main loop only.
public interface Dial {

  /// A channel that connects when it is first called.
  ///
  /// @param failures how many attempts before this one came to nothing, since the last that did
  /// @param tap told of the connections of the channel
  Dialled open(int failures, ConnectionTap tap);

  /// What a connection is made with. One that was made with another takes no further streams, so
  /// that secrets rotate; compared by identity.
  @Nullable Object edition();

  /// What came of it.
  sealed interface Dialled {

    /// A channel, of the caller from now on.
    record Line(ManagedChannel channel) implements Dialled {}

    /// No connection can be tried now.
    record None(String why) implements Dialled {}
  }
}

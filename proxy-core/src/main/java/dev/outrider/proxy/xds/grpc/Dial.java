package dev.outrider.proxy.xds.grpc;

import io.grpc.ManagedChannel;
import org.jspecify.annotations.Nullable;

/// How connections to one control plane are made. Main loop only.
public interface Dial {

  /// A channel that connects when it is first called; null as long as secrets are missing.
  ///
  /// @param failures how many attempts before this one came to nothing, since the last that did
  /// @param tap told of the connections of the channel
  @Nullable ManagedChannel open(int failures, ConnectionTap tap);

  /// What a connection is made with. One that was made with another takes no further streams, so
  /// that secrets rotate; compared by identity.
  @Nullable Object edition();
}

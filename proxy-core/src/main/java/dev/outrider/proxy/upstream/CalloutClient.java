package dev.outrider.proxy.upstream;

import org.jspecify.annotations.Nullable;

/// Calls to other services on behalf of filters and guests. Belongs to one loop.
public interface CalloutClient {
  /// Whether a cluster of that name exists on this loop now.
  boolean knows(String cluster);

  /// Starts a call. The outcome is always a later task of the same loop, never given from inside
  /// this method. Null if there is no such cluster; the heads of `spec` are released all the same.
  @Nullable Callout call(CalloutSpec spec, CalloutSink outcome);

  /// Starts a gRPC call; its messages go out by what is returned. Nothing is told from inside this
  /// method. Null if there is no such cluster; the metadata of `spec` is released all the same.
  @Nullable GrpcCallout grpc(GrpcCalloutSpec spec, GrpcCalloutSink sink);
}

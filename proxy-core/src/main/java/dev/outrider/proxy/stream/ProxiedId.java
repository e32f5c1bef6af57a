package dev.outrider.proxy.stream;

import java.security.SecureRandom;
import java.util.SplittableRandom;
import java.util.UUID;

/// The id of a connection whose bytes are proxied, which stands where that of a request does
/// (Envoy's `%STREAM_ID%` and `stream_id`): random, and the same whenever it is asked for. Any
/// thread.
public final class ProxiedId {
  private static final long SEED = new SecureRandom().nextLong();
  private static final long VERSION = 4L << 12;
  private static final long VARIANT = 2L << 62;

  private ProxiedId() {}

  /// Empty if no bytes of the connection went anywhere.
  public static String of(StreamInfo info) {
    if (info.requestHead() != null || info.clusterName().isEmpty()) {
      return "";
    }
    var random = new SplittableRandom(SEED + info.connection().id());
    return new UUID(
            (random.nextLong() & ~(15L << 12)) | VERSION, (random.nextLong() >>> 2) | VARIANT)
        .toString();
  }
}

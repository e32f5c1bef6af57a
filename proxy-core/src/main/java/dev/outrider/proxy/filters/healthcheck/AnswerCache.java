package dev.outrider.proxy.filters.healthcheck;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// The service's last answer to a health check, shared by all workers. As in Envoy time is cut into
/// pieces, and an answer holds until the end of the piece that it came in. Any thread.
final class AnswerCache {
  private final AtomicReference<@Nullable Answer> last = new AtomicReference<>();
  private final long pieceNanos;

  /// @param pieceNanos more than zero
  AnswerCache(long pieceNanos) {
    this.pieceNanos = pieceNanos;
  }

  /// What the service said.
  ///
  /// @param piece when, in pieces of time
  record Answer(int status, boolean degraded, long piece) {}

  void put(int status, boolean degraded, long nowNanos) {
    last.set(new Answer(status, degraded, nowNanos / pieceNanos));
  }

  /// Null if the service has to be asked.
  @Nullable Answer get(long nowNanos) {
    var answer = last.get();
    return answer != null && answer.piece == nowNanos / pieceNanos ? answer : null;
  }
}

package dev.outrider.proxy.upstream;

import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.ResetReason;
import org.jspecify.annotations.Nullable;

/// Takes the outcome of a call: exactly one of the two, once.
public interface CalloutSink {
  /// The answer, complete. An upstream that could not be reached or did not answer in time counts
  /// as an answer too, with the status and body that the proxy gives its own clients (503, 504).
  /// All three are *lent* for the call.
  void onAnswer(HeaderMap head, BodyBuffer body, @Nullable HeaderMap trailers);

  /// The answer broke off, or grew over the buffer limit.
  void onFailure(ResetReason why);
}

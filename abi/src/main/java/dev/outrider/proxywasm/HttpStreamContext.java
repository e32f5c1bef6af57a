package dev.outrider.proxywasm;

import dev.outrider.proxywasm.host.FilterDataStatus;
import dev.outrider.proxywasm.host.FilterHeadersStatus;
import dev.outrider.proxywasm.host.FilterTrailersStatus;
import org.jspecify.annotations.Nullable;

/// One HTTP exchange of one plugin. On the VM's thread; never from inside a guest call.
///
/// A callback answers what the guest wants, after the effects it asked for: a stop if it replied,
/// closed or failed (the host has heard of it by then), CONTINUE if it resumed this very direction.
/// A callback that the module does not export continues. After a failure every callback is a stop.
public final class HttpStreamContext {
  private HttpStreamContext() {}

  /// Creates the context in the guest, then shows the request head.
  ///
  /// @param fields number of header fields
  public FilterHeadersStatus onRequestHeaders(int fields, boolean end) {
    throw new UnsupportedOperationException("follows");
  }

  /// @param bytes what the guest may read now: the chunk, or all that was buffered
  public FilterDataStatus onRequestBody(int bytes, boolean end) {
    throw new UnsupportedOperationException("follows");
  }

  /// @param fields number of trailer fields
  public FilterTrailersStatus onRequestTrailers(int fields) {
    throw new UnsupportedOperationException("follows");
  }

  /// Skipped (CONTINUE) if the request head never reached the guest.
  public FilterHeadersStatus onResponseHeaders(int fields, boolean end) {
    throw new UnsupportedOperationException("follows");
  }

  /// As [#onRequestBody].
  public FilterDataStatus onResponseBody(int bytes, boolean end) {
    throw new UnsupportedOperationException("follows");
  }

  /// As [#onRequestTrailers].
  public FilterTrailersStatus onResponseTrailers(int fields) {
    throw new UnsupportedOperationException("follows");
  }

  /// Why the guest can do nothing for this stream any more, or null while it can.
  public @Nullable GuestFailure failure() {
    throw new UnsupportedOperationException("follows");
  }

  /// Ends the stream: `proxy_on_log`, `proxy_on_done`, `proxy_on_delete`. Idempotent.
  public void close() {
    throw new UnsupportedOperationException("follows");
  }
}

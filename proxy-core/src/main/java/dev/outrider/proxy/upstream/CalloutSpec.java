package dev.outrider.proxy.upstream;

import dev.outrider.proxy.http.HeaderMap;
import org.jspecify.annotations.Nullable;

/// One call to make. `CalloutClient.call` *takes* head and trailers.
///
/// @param head with `:method`, `:path` and `:authority`; `content-length` is set from the body
/// @param body empty for none; not copied, must not change
/// @param timeoutMillis from the start of the call to the end of the answer; 0 = none
@SuppressWarnings("ArrayRecordComponent") // moved, never compared
public record CalloutSpec(
    String cluster,
    HeaderMap head,
    byte[] body,
    @Nullable HeaderMap trailers,
    long timeoutMillis) {}

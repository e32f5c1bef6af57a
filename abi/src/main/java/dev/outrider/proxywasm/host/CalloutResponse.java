package dev.outrider.proxywasm.host;

import org.jspecify.annotations.Nullable;

/// What came back for a guest's request. Lent for the callback; a guest may only read it.
public record CalloutResponse(
    HeaderAccess headers, @Nullable BodyAccess body, @Nullable HeaderAccess trailers) {}

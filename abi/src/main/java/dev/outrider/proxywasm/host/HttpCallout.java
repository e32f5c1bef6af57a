package dev.outrider.proxywasm.host;

/// One request of a guest. A copy: nothing in it lies in guest memory.
///
/// @param upstream cluster name as the guest gave it
/// @param headers pseudo-headers included; no `content-length` (the host sets it when there is a
///   body)
/// @param body not to be changed
/// @param timeoutMillis 0 is no timeout
@SuppressWarnings("ArrayRecordComponent") // goes into a buffer without a copy in between
public record HttpCallout(
    String upstream, HeaderList headers, byte[] body, HeaderList trailers, int timeoutMillis) {}

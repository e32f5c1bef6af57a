package dev.outrider.proxywasm.host;

/// A response that the guest sends itself (`proxy_send_local_response`). A copy: nothing in it lies
/// in guest memory.
///
/// @param status HTTP status, any number the guest gave
/// @param details response code details, white space replaced by `_`; empty when the guest gave
///   none
/// @param body not to be changed
/// @param headers to be appended to those the host makes
/// @param grpcStatus 0 to 16, or -1 when unset
@SuppressWarnings("ArrayRecordComponent") // goes into a buffer without a copy in between
public record GuestReply(
    int status, String details, byte[] body, HeaderList headers, int grpcStatus) {}

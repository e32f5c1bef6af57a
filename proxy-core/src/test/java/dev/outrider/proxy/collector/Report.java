package dev.outrider.proxy.collector;

import com.google.protobuf.Message;

/// One message that came.
///
/// @param authority of its call
/// @param first whether it was the first one of its call
public record Report(Service service, String authority, boolean first, Message message) {}

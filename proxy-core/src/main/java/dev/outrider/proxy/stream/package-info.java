/// What is known about one exchange or connection while it lives: addresses, times, sizes, flags,
/// names, filter state.
///
/// Filters and the router write here; attributes, access log and tracing read. Depends on `http`
/// and `cluster`. Everything mutable belongs to the loop of its stream. Read first:
/// [dev.outrider.proxy.stream.StreamInfo].
@NullMarked
package dev.outrider.proxy.stream;

import org.jspecify.annotations.NullMarked;

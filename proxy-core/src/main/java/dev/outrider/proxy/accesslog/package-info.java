/// One record per finished stream: formatted on the stream's loop into bytes, written by a thread
/// that may block.
///
/// Depends on `attributes` and `stream`. A logger is shared by all loops; its only shared state is
/// the queue of its sink, which never makes a loop wait: what does not fit is dropped and counted.
/// Read first: [dev.outrider.proxy.accesslog.FormattedAccessLogger], then
/// [dev.outrider.proxy.accesslog.FileSink].
@NullMarked
package dev.outrider.proxy.accesslog;

import org.jspecify.annotations.NullMarked;

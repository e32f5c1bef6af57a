/// Which filter chain a connection of a listener gets: what chains ask for, and the tree that finds
/// the one chain whose demands fit best.
///
/// May use `stream` and `cluster`. Pure: no I/O, no state; made on the main loop, read by every
/// worker.
///
/// Read [ChainMatch] first, then [ChainTree].
@NullMarked
package dev.outrider.proxy.listener;

import org.jspecify.annotations.NullMarked;

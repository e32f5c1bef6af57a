/// What happens to a connection between its acceptance and the choice of its filter chain: listener
/// filters look at its first bytes.
///
/// Runs on the loop of the worker that accepted the connection. Knows buffers, but no channels.
///
/// Read [Arrival] first, then [ArrivalFilter].
@NullMarked
package dev.outrider.proxy.downstream.arrival;

import org.jspecify.annotations.NullMarked;

/// What a network (L4) filter is, what it may do, and in which order filters see the bytes of a
/// connection. Read [NetworkFilter][dev.outrider.proxy.filter.network.NetworkFilter] first, then
/// [ConnectionFilters][dev.outrider.proxy.filter.network.ConnectionFilters].
///
/// Depends on `filter` (what a worker lends), `stream`, `http` (buffer and flow control), `loop`.
/// Runs on the loop of the connection. A chain ends in a terminal filter, or behind its last filter
/// in the HTTP connection manager; one that is only a connection manager has none of this.
///
/// Each direction has one buffer. A filter answers each event with a status (Envoy's semantics;
/// reading goes in configured order, writing in reverse):
///
/// | event | `CONTINUE` | `STOP` | later bytes of this direction | on resume |
/// |---|---|---|---|---|
/// | `onNewConnection` | the bytes there are, if any, to this filter; then next filter | next knows nothing of the connection | shown from the **first** filter on; if this one continues, next is told of the connection, then sees them | next is told, then sees the bytes |
/// | `onData` | the same buffer, as this filter left it, to next; behind the last one it leaves the chain | everything stays in the buffer | all of it, with the new bytes, from the **first** filter on | all of it to **next** |
/// | `onData` with `end` | as above, `end` with it | `end` waits with the bytes | there are none | bytes and `end` to **next** |
/// | `onWrite` | the same buffer to the filter before | everything stays in the buffer | all of it, with the new bytes, from the **last** filter on | cannot be resumed |
/// | any, and the filter closed | as `STOP`, whatever was answered | - | not shown to anybody | nothing |
///
/// Further rules, each with its test:
/// - Bytes that are stopped beyond the buffer limit hold the sender back; a filter is never cut
///   off.
/// - `resumeReading` and `close` are taken down at once and carried out when nobody is on the
///   stack. A resume does nothing unless that filter is the one that stopped.
/// - What a write filter still stops when the connection closes is lost, as in Envoy.
/// - `onClose` comes exactly once to each filter.
@NullMarked
package dev.outrider.proxy.filter.network;

import org.jspecify.annotations.NullMarked;

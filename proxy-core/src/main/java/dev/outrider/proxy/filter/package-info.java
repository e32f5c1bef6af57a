/// What an HTTP filter is, what it may do, and in which order filters see a message. Read
/// [HttpFilter][dev.outrider.proxy.filter.HttpFilter] first, then
/// [FilterPass][dev.outrider.proxy.filter.FilterPass].
///
/// Depends on `upstream` (callouts), `stream`, `http`, `loop`. Runs on the loop of the stream. The
/// same classes run the filters of a downstream stream and, around one attempt of the router,
/// upstream filters.
///
/// A filter answers each event with a status. What happens next, and what the next filter sees
/// first when the holding filter resumes (in the request pass *next* is the following filter in
/// configured order, in the response pass the preceding one; after the last comes the end of the
/// pass):
///
/// | status | at once | later events of this message | over the buffer limit | on resume: first event, and to whom |
/// |---|---|---|---|---|
/// | head `CONTINUE` | head to next | shown here as they come | - | nothing held: no-op |
/// | head `HOLD_HEAD` | next sees nothing | shown here; the first `CONTINUE` from body or trailers releases head, then body | by the body status | head to **next**, then what body this filter held to **next** |
/// | head `HOLD_ALL_LIMITED` | next sees nothing | held, not shown here | reply 413 / 500 | head to **next**, then held body to **this**, then trailers to **this** |
/// | head `HOLD_ALL_BACKPRESSURE` | next sees nothing | held, not shown here | the sender is held back | as above |
/// | body `CONTINUE` | [head,] held body and this chunk to next | shown here | - | no-op |
/// | body `HOLD_AND_SHOW_ALL` | chunk kept | next body event shows everything kept so far | reply 413 / 500 | [head,] body to **next** |
/// | body `HOLD_AND_SHOW_NEW` | chunk kept | next body event shows only the new bytes | the sender is held back | [head,] body to **next** |
/// | body `DROP` | chunk discarded | shown here | - | [head,] and if the message has ended an empty end, to **next** |
/// | trailers `CONTINUE` | [head, body,] trailers to next | - | - | no-op |
/// | trailers `HOLD` | trailers kept | - | - | [head, body,] trailers to **next** |
///
/// Further rules, each with its test:
/// - A body chunk carries `end` only if no trailers follow; after a head with `end` there is
///   neither body nor trailers.
/// - Trailers may be added
///   ([StreamHandle#addRequestTrailers()][dev.outrider.proxy.filter.StreamHandle#addRequestTrailers()])
///   while the last body event runs; the filters behind see them, this one does not.
/// - `reply` and `reset` are taken down at once and carried out when the filter has returned; the
///   returned status is then ignored. `resume` is carried out when the filter has returned:
///   together with `CONTINUE` it does nothing. Precedence: reset, reply, resume, returned status.
///   After a reply the request pass shows nothing more; the reply runs through the response pass
///   from its first filter, whoever replied.
/// - A held head whose body changed size is framed anew before it goes on: `content-length` is
///   corrected if the body is complete, removed otherwise.
@NullMarked
package dev.outrider.proxy.filter;

import org.jspecify.annotations.NullMarked;

/// The thread everything on the data path belongs to, without naming who runs it:
/// [Loop][dev.outrider.proxy.loop.Loop] (read it first), its
/// [Timers][dev.outrider.proxy.loop.Timers], its [Clock][dev.outrider.proxy.loop.Clock] and the
/// [Turn][dev.outrider.proxy.loop.Turn] in which everything that could re-enter waits until nobody
/// is on the stack.
///
/// Depends on nothing; no Netty in its signatures. `System.nanoTime` is read here only, so that
/// tests can stop time. Every type is confined to the thread of its loop unless it says otherwise.
@NullMarked
package dev.outrider.proxy.loop;

import org.jspecify.annotations.NullMarked;

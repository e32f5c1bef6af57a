/// Threads and what each owns: [Worker][dev.outrider.proxy.worker.Worker] (read it first), the
/// [MainLoop][dev.outrider.proxy.worker.MainLoop], and the group that starts, feeds and stops them.
///
/// Depends on everything below it and on Netty's channels. A worker is touched by its own thread
/// only; configuration comes to it as a task.
@NullMarked
package dev.outrider.proxy.worker;

import org.jspecify.annotations.NullMarked;

/// The composition root: reads the bootstrap, builds loops, configuration, extensions and admin,
/// and connects them; ends the process in order.
///
/// The only place that sees all floors below. Starting and ending may block the thread that asks;
/// in between everything runs on the main loop. Read [dev.outrider.proxy.server.Server] first, then
/// [dev.outrider.proxy.server.Extensions].
@NullMarked
package dev.outrider.proxy.server;

import org.jspecify.annotations.NullMarked;

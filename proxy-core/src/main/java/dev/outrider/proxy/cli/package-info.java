/// The command line: Envoy's flags for a proxy that takes Envoy's place, and the commands Envoy
/// does not have (`run`, `demo`). Turns words into a [dev.outrider.proxy.server.ServerOptions] and
/// starts the server; owns exit codes and what a person reads in the terminal. Runs on the main
/// thread, before and after the server's own threads.
///
/// Read [dev.outrider.proxy.cli.Main] first, then [dev.outrider.proxy.cli.Flags].
@NullMarked
package dev.outrider.proxy.cli;

import org.jspecify.annotations.NullMarked;

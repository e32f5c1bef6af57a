/// Parsers of `listener.v3` and of the HTTP connection manager.
///
/// May use `accesslog`, `route`, `secret`, `resource`, `core`, `config` and lower floors. Main
/// loop. Read [dev.outrider.proxy.xds.listener.ListenerParser] first.
@NullMarked
package dev.outrider.proxy.xds.listener;

import org.jspecify.annotations.NullMarked;

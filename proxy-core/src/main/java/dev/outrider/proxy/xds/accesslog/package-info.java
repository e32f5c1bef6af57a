/// Parsers of `accesslog.v3`: which lines are written, when and where to.
///
/// May use `route` (for header conditions), `core`, `extension` and lower floors. Main loop. Read
/// [dev.outrider.proxy.xds.accesslog.AccessLogParser] first.
@NullMarked
package dev.outrider.proxy.xds.accesslog;

import org.jspecify.annotations.NullMarked;

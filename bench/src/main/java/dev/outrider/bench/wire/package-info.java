/// The two ends of the wire that a measured proxy stands between: clients that send requests and
/// read the answers, and the service that gives them, in HTTP/1.1 and in HTTP/2.
///
/// Plain sockets and plain threads, and no line of the proxy's own code: what is measured must not
/// measure itself. Depends on the JDK only. Read [Client][dev.outrider.bench.wire.Client] first.
@NullMarked
package dev.outrider.bench.wire;

import org.jspecify.annotations.NullMarked;

/// HTTP messages as bytes: header map and its store, the HTTP/1.1 codec, body buffer, and the
/// contracts between the boxes of the request path.
///
/// Depends on the JDK, on Netty's buffers and on floor 0. Everything here belongs to one loop. Read
/// first: `HeaderMap`.
@NullMarked
package dev.outrider.proxy.http;

import org.jspecify.annotations.NullMarked;

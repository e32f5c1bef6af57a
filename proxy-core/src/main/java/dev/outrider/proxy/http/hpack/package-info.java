/// HPACK (RFC 7541) on bytes: header blocks to and from [dev.outrider.proxy.http.HeaderMap],
/// without an object per field.
///
/// Depends on `http` and Netty's buffers; no frame, no channel. A decoder and an encoder belong to
/// one connection and its loop. Read first: [HpackDecoder], then [FieldReport].
///
/// **Who checks what.** The decoder knows HPACK and single fields: it refuses names that are no
/// lower-case tokens, pseudo-headers that do not exist or do not belong to this kind of head, and
/// values that could break out of their line; it trims values and joins cookies. It reports, but
/// does not judge, what is a matter of the whole message: which names were there, which of them
/// twice, and whether a pseudo-header stood behind a field ([FieldReport]). A head that is refused
/// is still decoded to its end, because the dynamic table belongs to the connection.
///
/// **Dynamic table**: one `byte[]` and one `int[]` used as rings, which grow with what is in them
/// up to the negotiated size. An entry remembers the key of its name and whether it was valid, so
/// that a field which comes from a table is neither hashed nor checked again.
@NullMarked
package dev.outrider.proxy.http.hpack;

import org.jspecify.annotations.NullMarked;

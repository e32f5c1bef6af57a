/// Reads single values out of what is known about a stream: for format strings (`%REQ(:PATH)%`),
/// and for the properties that guests ask for (`request.path`).
///
/// Both write bytes into a [dev.outrider.proxy.attributes.ValueBuffer] that its user keeps, so that
/// reading allocates nothing. Depends on `stream` and `http`. Readers are immutable and shared; a
/// buffer belongs to one loop. Read first: [dev.outrider.proxy.attributes.FormatString],
/// [dev.outrider.proxy.attributes.AttributeReader].
@NullMarked
package dev.outrider.proxy.attributes;

import org.jspecify.annotations.NullMarked;

/// What the proxy stops doing while a resource is short (Envoy's overload manager): resources whose
/// use is looked at again and again, actions that their pressure triggers.
///
/// May use `loop`, `metrics` and the JDK. [dev.outrider.proxy.overload.OverloadWatch] belongs to
/// the main loop; it publishes immutable states, of which each loop keeps the last in an
/// [dev.outrider.proxy.overload.OverloadReader] of its own. Read
/// [dev.outrider.proxy.overload.OverloadSpec] first.
@NullMarked
package dev.outrider.proxy.overload;

import org.jspecify.annotations.NullMarked;

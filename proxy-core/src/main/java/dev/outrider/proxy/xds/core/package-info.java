/// What the parsers of all resources stand on: the place in a message that a problem is reported at
/// ([Scope], read it first), and the readers of Envoy's `core.v3` messages.
///
/// May use `extension`, `config` and lower floors, and protobuf. Main loop, but for [DataSources],
/// which reads files in the background.
@NullMarked
package dev.outrider.proxy.xds.core;

import org.jspecify.annotations.NullMarked;

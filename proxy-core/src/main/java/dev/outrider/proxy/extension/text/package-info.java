/// Reads YAML and JSON, as Envoy reads them, into the wire bytes of a message, steered by the
/// schema.
///
/// Depends on `extension`, `extension.schema` and the YAML event parser. Each call is confined to
/// its thread; the reader itself is immutable. Two steps: a text becomes a tree of nodes with
/// positions (YAML's rules end there), then the tree becomes bytes. Read
/// [dev.outrider.proxy.extension.text.ConfigReader] first.
@NullMarked
package dev.outrider.proxy.extension.text;

import org.jspecify.annotations.NullMarked;

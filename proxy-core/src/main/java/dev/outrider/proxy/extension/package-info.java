/// Turns untrusted configuration into values: the contract of an extension's provider, and the
/// reader, validator and unsupported-field walker over the schema table.
///
/// Depends on `config`, `filter` and below, on protobuf's `Any`, and on the YAML event parser.
/// Everything here is immutable after construction or confined to one call, so any control thread
/// may use it; the data path never comes here. Read [Parsed] first.
@NullMarked
package dev.outrider.proxy.extension;

import org.jspecify.annotations.NullMarked;

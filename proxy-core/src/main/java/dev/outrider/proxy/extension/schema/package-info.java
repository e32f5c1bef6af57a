/// The schema of Envoy's configuration messages as data: names, types, oneofs, enum values and
/// validation rules, read lazily from a table that the build wrote, without touching a protobuf
/// descriptor.
///
/// Depends on nothing. Any thread; everything is immutable once read. Read
/// [dev.outrider.proxy.extension.schema.Schema] first; the layout of the table stands at its
/// writer, `proto/src/build/SchemaTableWriter.java`.
@NullMarked
package dev.outrider.proxy.extension.schema;

import org.jspecify.annotations.NullMarked;

/// Turns untrusted configuration into values: the contract of an extension's provider, and the
/// words in which a refusal is given. The reader of texts is in `text`, the schema in `schema`,
/// validator and unsupported-field walker in `check`.
///
/// Depends on `config`, `filter` and below, and on protobuf's `Any`. Everything here is immutable
/// after construction or confined to one call, so any control thread may use it; the data path
/// never comes here. Read [dev.outrider.proxy.extension.Parsed] first, then
/// [dev.outrider.proxy.extension.ExtensionProvider].
///
/// ### Why a schema table and not protobuf's descriptors
///
/// From JVM start to a parsed Bootstrap (the golden configuration: 6 listeners, 5 clusters, their
/// HTTP connection managers parsed too), JDK 25, Serial, medians of 9 interleaved runs on two
/// shared, loaded cores; an empty `main` takes 43 ms plain and 29 ms with a cache:
///
/// | route | plain wall / CPU | AOT cache wall / CPU | RSS | classes (Envoy's) |
/// |---|---|---|---|---|
/// | schema table, wire bytes, `parseFrom` | 328 / 520 ms | 183 / 251 ms | 60 MB | 1,875 (350) |
/// | YAML to JSON, `JsonFormat` with a type registry | 1,243 / 1,260 ms | 601 / 677 ms | 84 MB | 2,738 (742) |
///
/// What keeps it that way: `Any.unpack`, `hashCode`, `toString`, and `parseFrom` of a message whose
/// *map* field is set all touch the file's descriptor and with it the whole import closure (a
/// cluster with `typed_extension_protocol_options`: 372 classes more, about 180 ms of CPU with the
/// cache). Parse a typed configuration with `parseFrom(any.getValue())`.
@NullMarked
package dev.outrider.proxy.extension;

import org.jspecify.annotations.NullMarked;

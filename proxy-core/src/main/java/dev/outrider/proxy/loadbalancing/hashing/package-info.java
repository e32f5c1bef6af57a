/// Ring hash and Maglev: tables that a request's hash is looked up in.
///
/// Depends on `cluster`. A table is immutable, made once for all loops, and any loop reads it. Read
/// first: [dev.outrider.proxy.loadbalancing.hashing.HashTable].
@NullMarked
package dev.outrider.proxy.loadbalancing.hashing;

import org.jspecify.annotations.NullMarked;

/// The foreign functions that Envoy offers to guests (`proxy_call_foreign_function`): a class for
/// each function or topic, [EnvoyFunctions][dev.outrider.proxy.wasm.foreign.EnvoyFunctions] knows
/// them by name.
///
/// Arguments and results are messages of package `envoy.source.extensions.common.wasm`. A function
/// acts on the effective context of its caller; expressions and declared properties on the running
/// one. What a plugin leaves behind is in its
/// [ForeignState][dev.outrider.proxy.wasm.foreign.ForeignState]; everything runs on the thread of
/// the plugin's VM, often a worker's loop, so all inputs are capped.
///
/// Other than in Envoy: zlib streams, expressions and keys have a largest size (16 MiB, 32,768 code
/// points, 8,192 bits of RSA); there is no P-224; names of filter state that nothing here reads are
/// NOT_FOUND; parts of FlatBuffers are not read.
///
/// The first expression of a process loads CEL, which takes longer than a request's callback may: a
/// guest creates its expressions in `proxy_on_configure`.
///
/// Depends on `attributes`, `stream`, the library's `host` and CEL; knows nothing of the rest of
/// `wasm`. The classes of CEL are loaded by the first expression.
@NullMarked
package dev.outrider.proxy.wasm.foreign;

import org.jspecify.annotations.NullMarked;

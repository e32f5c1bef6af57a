/// The only package that knows the Wasm engine: compiles modules to JVM bytecode, runs instances.
///
/// May depend on `run.endive` and on `dev.outrider.proxywasm.host` (the deadline, the memory pool);
/// on nothing else of this library. [CompiledModule] is immutable and shared by all threads; a
/// [WasmInstance] belongs to one thread at a time. Read [CompiledModule] first.
@NullMarked
package dev.outrider.proxywasm.engine;

import org.jspecify.annotations.NullMarked;

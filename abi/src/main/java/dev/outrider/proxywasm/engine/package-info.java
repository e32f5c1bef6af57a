/// The only package that knows the Wasm engine: compiles modules to JVM bytecode, runs instances.
///
/// May depend on `run.endive` and on `dev.outrider.proxywasm.host` (the deadline, the memory pool);
/// on nothing else of this library. [CompiledModule] is immutable and shared by all threads; a
/// [WasmInstance] belongs to one thread at a time. Read [CompiledModule] first.
///
/// Life of a module: [ModuleReader] parses it and refuses what cannot run, [GeneratedClasses] lets
/// the engine's compiler write JVM classes, [ClassRewriter] puts our deadline check and
/// allocation-free host calls into them (or [ModuleStore] finds all that on disk), [CallsWriter]
/// adds the way in, [GuestLinker] loads and verifies all, [StrippedModule] lets go of the rest.
///
/// Workarounds for the engine live here and nowhere else: [GuestTables] (tables that change their
/// module), [ClassRewriter] (interruption, allocation per host call), [FlatMemory],
/// [TrapTranslator] (kinds of trap), [ModuleReader] (words for what is not supported),
/// [StrippedModule] (parsed bodies). `EngineWorkaroundsTest` shows each reason on the engine itself
/// and fails once it is gone. `CompiledAgainstInterpretedTest` holds compiled code to the engine's
/// interpreter.
///
/// Measured on two shared cores: an export with three arguments 0.3 ns inlined, 3 ns with entering
/// and leaving the deadline cell; a host call with 0 / 2 / 5 arguments 2 / 4 / 6 ns; neither
/// allocates. The example filters load in 0.02 (C), 0.6 (Rust), 2.3-4 s (Go), from the disk cache
/// in 0.01, 0.13 and 0.1 s (CPU, warm); the Go module keeps 5 MB of heap instead of 86.
@NullMarked
package dev.outrider.proxywasm.engine;

import org.jspecify.annotations.NullMarked;

/// The conformance suite of the ABI: tiny guests, each with what must come of everything that it
/// tries, which run on this library ([LibraryHost]) and, over its configuration, on any proxy that
/// takes Envoy's ([ProxyHost]), Envoy among them.
///
/// A [Script] is one guest with its checks; a [Check] names a function, what is put to it, the
/// lines that the guest must write to the log, and, where Envoy is deliberately not copied, what
/// Envoy says and why. A listed difference that is gone fails as an unlisted one does. Guests
/// report through `proxy_log` alone, so that a check needs nothing of a host but its log and the
/// status that a client sees.
///
/// To add a host function: a row in [HostCallScripts], from which the spoilt pointers, sizes and
/// enums, the wrong contexts and phases and the trap are made; a WASI function: rows in
/// [WasiScripts]; a callback: a [Place] and a script in [CallbackScripts]. `ConformanceSuiteTest`
/// fails while a function on offer has none.
///
/// On a proxy: `java ... dev.outrider.proxywasm.conformance.ConformanceMain envoy FOLDER
/// COMMAND...`.
///
/// Depends on the test kit, and on its text-format assembler. One thread per script on the library;
/// the runner for proxies blocks and uses virtual threads. Read [Script] first.
@NullMarked
package dev.outrider.proxywasm.conformance;

import org.jspecify.annotations.NullMarked;

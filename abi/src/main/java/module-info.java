/// Host side of the proxy-wasm ABI as a library: load a filter, start a VM, drive its contexts.
///
/// An embedder holds the types of `dev.outrider.proxywasm` and supplies those of
/// `dev.outrider.proxywasm.host`. Everything else is invisible to it.
module dev.outrider.proxywasm {
  requires java.management;
  requires jdk.jfr;
  requires run.endive.compiler;
  requires run.endive.runtime;
  requires run.endive.wasm;
  requires static transitive org.jspecify;

  exports dev.outrider.proxywasm;
  exports dev.outrider.proxywasm.host;
  exports dev.outrider.proxywasm.shared;
}

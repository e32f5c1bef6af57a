package dev.outrider.proxywasm.engine;

/// One import together with the code that answers it.
public record HostBinding(FunctionImport function, HostCode code) {}

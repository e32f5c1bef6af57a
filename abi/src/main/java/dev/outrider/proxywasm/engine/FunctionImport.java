package dev.outrider.proxywasm.engine;

/// A function that the module asks its host for.
public record FunctionImport(String module, String name, FunctionShape shape) {}

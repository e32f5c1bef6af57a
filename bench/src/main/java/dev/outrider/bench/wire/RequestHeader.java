package dev.outrider.bench.wire;

/// One header of a request; the name in lower case.
public record RequestHeader(String name, String value) {}

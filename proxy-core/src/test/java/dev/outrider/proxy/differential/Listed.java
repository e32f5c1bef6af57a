package dev.outrider.proxy.differential;

/// A difference that is meant to be: both values pinned, and why.
public record Listed(String envoy, String outrider, String why) {}

package dev.outrider.proxy.controlplane;

/// What a proxy said about a version of a type.
///
/// @param version that was pushed
/// @param accepted ACK, else NACK
/// @param error why it was refused; empty if accepted
public record Answer(String typeUrl, String version, boolean accepted, String error) {}

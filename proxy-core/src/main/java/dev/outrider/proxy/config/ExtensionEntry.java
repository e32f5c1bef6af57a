package dev.outrider.proxy.config;

/// An extension that is configured by its type, before anybody has read it (Envoy
/// `core.v3.TypedExtensionConfig`).
///
/// @param typeUrl of `value`
public record ExtensionEntry(String name, String typeUrl, EncodedMessage value) {}

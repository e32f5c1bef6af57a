package dev.outrider.proxy.extension.schema;

/// A oneof of a message.
///
/// @param required one of its fields must be set (`validate.required`)
public record SchemaOneof(String name, boolean required) {}

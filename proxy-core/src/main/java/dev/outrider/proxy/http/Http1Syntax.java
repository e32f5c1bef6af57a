package dev.outrider.proxy.http;

/// What an [Http1Parser] accepts.
///
/// @param scheme becomes `:scheme` of requests: `http` or `https`
/// @param underscores of requests
public record Http1Syntax(
    String scheme, Http1Limits limits, Http1Options options, UnderscoreNames underscores) {}

package dev.outrider.proxy.routing;

/// One ingredient of the hash that a request is spread by.
///
/// @param terminal if there is a hash behind it, the policies that follow are not asked
public record HashPolicy(HashSource source, boolean terminal) {}

package dev.outrider.proxy.upstream;

import dev.outrider.proxy.http.HeaderMap;

/// One gRPC call to make. `CalloutClient.grpc` *takes* the metadata.
///
/// @param service full name
/// @param metadata a request head with what goes along; `:authority` is the cluster's name if it is
///   not there
/// @param timeoutMillis from the start of the call to its status, also told to the server; 0 = none
public record GrpcCalloutSpec(
    String cluster, String service, String method, HeaderMap metadata, long timeoutMillis) {}

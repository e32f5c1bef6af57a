package dev.outrider.proxywasm.host;

/// Where a gRPC call of a guest goes. A copy: nothing in it lies in guest memory.
///
/// @param service the embedder's word for the upstream, as the guest gave it: usually a cluster
///   name or a serialised Envoy `core.v3.GrpcService`; not to be changed
/// @param serviceName full name, the first part of the path; it and `methodName` may stand in a
///   path
/// @param metadata names in lower case; the host adds what makes a request of it
@SuppressWarnings("ArrayRecordComponent") // parsed where it is, never compared
public record GrpcTarget(
    byte[] service, String serviceName, String methodName, HeaderList metadata) {}

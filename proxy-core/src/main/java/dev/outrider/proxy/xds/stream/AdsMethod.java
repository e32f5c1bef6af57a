package dev.outrider.proxy.xds.stream;

import dev.outrider.proxy.config.DynamicSources.Protocol;
import io.grpc.MethodDescriptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/// The discovery calls of gRPC, with messages as bytes: neither generated stubs nor gRPC's own
/// protobuf support is needed for a few methods.
public final class AdsMethod {
  public static final String SERVICE = "envoy.service.discovery.v3.AggregatedDiscoveryService";

  /// `StreamAggregatedResources`: `DiscoveryRequest` up, `DiscoveryResponse` down.
  public static final MethodDescriptor<byte[], byte[]> STREAM_AGGREGATED_RESOURCES =
      method(SERVICE, "StreamAggregatedResources");

  /// `DeltaAggregatedResources`: `DeltaDiscoveryRequest` up, `DeltaDiscoveryResponse` down.
  public static final MethodDescriptor<byte[], byte[]> DELTA_AGGREGATED_RESOURCES =
      method(SERVICE, "DeltaAggregatedResources");

  public static final String SECRET_SERVICE = "envoy.service.secret.v3.SecretDiscoveryService";

  /// `StreamSecrets`: `DiscoveryRequest` up, `DiscoveryResponse` down.
  public static final MethodDescriptor<byte[], byte[]> STREAM_SECRETS =
      method(SECRET_SERVICE, "StreamSecrets");

  /// `DeltaSecrets`: `DeltaDiscoveryRequest` up, `DeltaDiscoveryResponse` down.
  public static final MethodDescriptor<byte[], byte[]> DELTA_SECRETS =
      method(SECRET_SERVICE, "DeltaSecrets");

  private AdsMethod() {}

  static MethodDescriptor<byte[], byte[]> of(AdsTransport.Service service, Protocol protocol) {
    return switch (service) {
      case AGGREGATED ->
          switch (protocol) {
            case STATE_OF_THE_WORLD -> STREAM_AGGREGATED_RESOURCES;
            case DELTA -> DELTA_AGGREGATED_RESOURCES;
          };
      case SECRETS ->
          switch (protocol) {
            case STATE_OF_THE_WORLD -> STREAM_SECRETS;
            case DELTA -> DELTA_SECRETS;
          };
    };
  }

  private static MethodDescriptor<byte[], byte[]> method(String service, String name) {
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
        .setFullMethodName(MethodDescriptor.generateFullMethodName(service, name))
        .setRequestMarshaller(new Bytes())
        .setResponseMarshaller(new Bytes())
        .build();
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {

    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException("reading a discovery message", e);
      }
    }
  }
}

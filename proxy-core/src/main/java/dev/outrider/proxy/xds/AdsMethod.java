package dev.outrider.proxy.xds;

import io.grpc.MethodDescriptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/// The aggregated discovery call of gRPC, with messages as bytes: neither generated stubs nor
/// gRPC's own protobuf support is needed for one method.
public final class AdsMethod {
  public static final String SERVICE = "envoy.service.discovery.v3.AggregatedDiscoveryService";

  /// `StreamAggregatedResources`: `DiscoveryRequest` up, `DiscoveryResponse` down.
  public static final MethodDescriptor<byte[], byte[]> STREAM_AGGREGATED_RESOURCES =
      MethodDescriptor.<byte[], byte[]>newBuilder()
          .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
          .setFullMethodName(
              MethodDescriptor.generateFullMethodName(SERVICE, "StreamAggregatedResources"))
          .setRequestMarshaller(new Bytes())
          .setResponseMarshaller(new Bytes())
          .build();

  private AdsMethod() {}

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

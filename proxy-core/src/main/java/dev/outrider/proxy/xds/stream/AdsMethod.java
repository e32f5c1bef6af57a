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
  private AdsMethod() {}

  /// Requests of the protocol up, responses of it down.
  public static MethodDescriptor<byte[], byte[]> of(
      AdsTransport.Service service, Protocol protocol) {
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
        .setFullMethodName(
            MethodDescriptor.generateFullMethodName(service.fullName(), service.method(protocol)))
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

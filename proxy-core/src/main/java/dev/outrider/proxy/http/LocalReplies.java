package dev.outrider.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/// Puts a [LocalReply] into the shape that the request asks for: plain text, or a gRPC answer that
/// consists of a head only.
public final class LocalReplies {
  private LocalReplies() {}

  /// True for `application/grpc` and `application/grpc+*`, as in Envoy.
  public static boolean isGrpc(HeaderMap request) {
    throw new UnsupportedOperationException("lands next");
  }

  /// Returns a head that the caller owns. `content-length` is set only if there is a body: the
  /// codec adds `content-length: 0`.
  public static HeaderMap head(LocalReply reply, boolean grpc, HeadStores stores) {
    throw new UnsupportedOperationException("lands next");
  }

  /// Returns the body to send behind that head; empty for gRPC, which carries it as `grpc-message`.
  public static ByteBuf body(LocalReply reply, boolean grpc) {
    return grpc ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(reply.body());
  }

  /// The table of Envoy `Grpc::Utility::httpToGrpcStatus`.
  public static int grpcStatus(int status) {
    return switch (status) {
      case 400 -> 13;
      case 401 -> 16;
      case 403 -> 7;
      case 404 -> 12;
      case 429, 502, 503, 504 -> 14;
      default -> 2;
    };
  }
}

package dev.outrider.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Puts a [LocalReply] into the shape that the request asks for: plain text, or a gRPC answer that
/// consists of a head only.
public final class LocalReplies {
  private static final byte[] GRPC = "application/grpc".getBytes(StandardCharsets.US_ASCII);
  private static final char[] HEX = "0123456789ABCDEF".toCharArray();

  private LocalReplies() {}

  /// True for `application/grpc` and `application/grpc+*`, as in Envoy.
  public static boolean isGrpc(HeaderMap request) {
    var line = request.find(HeaderNames.CONTENT_TYPE);
    return line >= 0
        && request.valueStartsWith(line, GRPC)
        && (request.valueLength(line) == GRPC.length
            || request.valueByte(line, GRPC.length) == '+');
  }

  /// Returns a head that the caller owns. `content-length` is set only if there is a body: the
  /// codec adds `content-length: 0`. Extra headers whose value may not stand in a head are left
  /// out.
  public static HeaderMap head(LocalReply reply, boolean grpc, HeadStores stores) {
    var head = start(reply, stores);
    addFields(reply, head);
    complete(head, reply.body(), null, reply.grpcStatus(), grpc);
    return head;
  }

  /// The status alone, to be changed before it is [#complete]. The caller owns the head.
  public static HeaderMap start(LocalReply reply, HeadStores stores) {
    var head = stores.take(HeadKind.RESPONSE);
    head.setStatus(reply.status());
    return head;
  }

  /// The extra headers.
  public static void addFields(LocalReply reply, HeaderMap head) {
    for (var field : reply.headers()) {
      if (field.name().equals(HeaderNames.CONTENT_TYPE)) {
        head.set(field.name(), field.value());
      } else {
        head.add(field.name(), field.value());
      }
    }
  }

  /// Adds what describes the body.
  ///
  /// @param type of the body, whatever the head says; null = what it says, or plain text
  /// @param grpcStatus overrides the mapping of the status; null = none
  public static void complete(
      HeaderMap head,
      byte[] body,
      @Nullable String type,
      @Nullable Integer grpcStatus,
      boolean grpc) {
    if (grpc) {
      var status = head.status();
      head.setStatus(200);
      head.set(HeaderNames.CONTENT_TYPE, "application/grpc");
      if (!head.contains(HeaderNames.GRPC_STATUS)) {
        head.set(HeaderNames.GRPC_STATUS, grpcStatus != null ? grpcStatus : grpcStatus(status));
      }
      if (body.length > 0) {
        head.set(HeaderNames.GRPC_MESSAGE, percentEncode(body));
      }
    } else if (body.length > 0) {
      head.set(HeaderNames.CONTENT_LENGTH, body.length);
      if (type != null) {
        head.set(HeaderNames.CONTENT_TYPE, type);
      } else if (!head.contains(HeaderNames.CONTENT_TYPE)) {
        head.set(HeaderNames.CONTENT_TYPE, "text/plain");
      }
    }
  }

  /// Returns the body to send behind that head; empty for gRPC, which carries it as `grpc-message`.
  public static ByteBuf body(LocalReply reply, boolean grpc) {
    return grpc || reply.body().length == 0
        ? Unpooled.EMPTY_BUFFER
        : Unpooled.wrappedBuffer(reply.body());
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

  /// The table of Envoy `Grpc::Utility::grpcToHttpStatus`; 500 for what is no status of gRPC.
  public static int httpStatus(long grpcStatus) {
    return switch (Math.clamp(grpcStatus, -1, 17)) {
      case 0 -> 200;
      case 1 -> 499;
      case 3, 9, 11 -> 400;
      case 4 -> 504;
      case 5 -> 404;
      case 6, 10 -> 409;
      case 7 -> 403;
      case 8 -> 429;
      case 12 -> 501;
      case 14 -> 503;
      case 16 -> 401;
      default -> 500;
    };
  }

  /// The encoding of `grpc-message` in gRPC's HTTP/2 mapping: visible ASCII and space but `%` stand
  /// for themselves.
  static String percentEncode(byte[] message) {
    var text = new StringBuilder(message.length);
    for (var b : message) {
      if (b >= ' ' && b <= '~' && b != '%') {
        text.append((char) b);
      } else {
        text.append('%').append(HEX[b >> 4 & 15]).append(HEX[b & 15]);
      }
    }
    return text.toString();
  }
}

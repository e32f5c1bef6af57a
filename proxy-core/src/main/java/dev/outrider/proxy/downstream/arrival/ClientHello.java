package dev.outrider.proxy.downstream.arrival;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What the first message of a TLS client asks for (RFC 8446 4.1.2).
///
/// @param serverName in lower case (RFC 6066 3); empty if there is none
/// @param applicationProtocols in the client's order (RFC 7301 3.1)
record ClientHello(String serverName, List<String> applicationProtocols) {
  private static final int SERVER_NAME = 0;
  private static final int APPLICATION_PROTOCOLS = 16;

  /// Reads what stands behind the head of the message.
  ///
  /// @throws IndexOutOfBoundsException if a length in it lies
  static ClientHello read(ByteBuf body) {
    body.skipBytes(2 + 32); // version, random
    vector(body, 1); // session
    vector(body, 2); // cipher suites
    vector(body, 1); // compression
    var name = "";
    List<String> protocols = List.of();
    var extensions = body.isReadable() ? vector(body, 2) : Unpooled.EMPTY_BUFFER;
    while (extensions.isReadable()) {
      var type = extensions.readUnsignedShort();
      var content = vector(extensions, 2);
      if (type == SERVER_NAME) {
        name = serverName(content);
      } else if (type == APPLICATION_PROTOCOLS) {
        protocols = protocols(content);
      }
    }
    return new ClientHello(name, protocols);
  }

  /// As BoringSSL has it: one name, of a host, of 1 to 255 bytes without a zero.
  private static String serverName(ByteBuf content) {
    var list = vector(content, 2);
    var host = list.readByte() == 0;
    var name = vector(list, 2);
    var length = name.readableBytes();
    if (!host
        || list.isReadable()
        || length == 0
        || length > 255
        || name.bytesBefore((byte) 0) >= 0) {
      throw new IndexOutOfBoundsException("server name");
    }
    return name.toString(ISO_8859_1).toLowerCase(Locale.ROOT);
  }

  private static List<String> protocols(ByteBuf content) {
    var list = vector(content, 2);
    var names = new ArrayList<String>();
    while (list.isReadable()) {
      names.add(vector(list, 1).toString(ISO_8859_1));
    }
    return names;
  }

  /// What a length of so many bytes stands before.
  private static ByteBuf vector(ByteBuf bytes, int lengthBytes) {
    var length = lengthBytes == 1 ? bytes.readUnsignedByte() : bytes.readUnsignedShort();
    return bytes.readSlice(length);
  }
}

package dev.outrider.proxy.differential;

/// One thing that a scripted client or service does. Bytes are text, one character a byte.
sealed interface Step {
  record Send(String bytes, boolean eachByte) implements Step {}

  record Read(What what) implements Step {}

  /// Reads that many bytes, as they are: a tunnel.
  record ReadBytes(int count) implements Step {}

  record HalfClose() implements Step {}

  record Close() implements Step {}

  /// Closes with a TCP reset.
  record Reset() implements Step {}

  record Emit(String event) implements Step {}

  record Await(String event) implements Step {}

  /// Goes on with another connection of the client, which it opens if there is none of the name.
  record On(String connection) implements Step {}

  /// A POST to the admin interface.
  record Admin(String path) implements Step {}

  /// A page of the admin interface that is looked at.
  ///
  /// @param name of what is seen
  /// @param lines how many are seen; 0 = all
  record Page(String method, String path, String name, int lines) implements Step {}

  /// One HTTP/2 frame, its header computed from these.
  record Frame(int type, int flags, int stream, String payload) implements Step {}

  /// Reads frames until the stream has ended, or its head and so much of its body is there.
  record ReadStream(int stream, int bytes) implements Step {
    static final int ALL = Integer.MAX_VALUE;
  }

  enum What {
    /// A final response and the 1xx before it.
    RESPONSE,
    REQUEST,
    HEAD,
    INFORMATIONAL,
    CLOSE,
    /// As CLOSE, and how: by a reset or in order.
    END
  }
}

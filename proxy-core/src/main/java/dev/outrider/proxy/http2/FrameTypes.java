package dev.outrider.proxy.http2;

/// Numbers of RFC 9113: frame types (6), flags, settings (6.5.2), sizes.
final class FrameTypes {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int PRIORITY = 2;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PUSH_PROMISE = 5;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;

  static final int END_STREAM = 1;
  static final int ACK = 1;
  static final int END_HEADERS = 4;
  static final int PADDED = 8;
  static final int PRIORITY_FLAG = 32;

  static final int SETTINGS_HEADER_TABLE_SIZE = 1;
  static final int SETTINGS_ENABLE_PUSH = 2;
  static final int SETTINGS_MAX_CONCURRENT_STREAMS = 3;
  static final int SETTINGS_INITIAL_WINDOW_SIZE = 4;
  static final int SETTINGS_MAX_FRAME_SIZE = 5;

  /// RFC 8441 3.
  static final int SETTINGS_ENABLE_CONNECT_PROTOCOL = 8;

  static final int HEAD_LENGTH = 9;
  static final int RST_STREAM_BYTES = HEAD_LENGTH + 4;

  /// Largest payload that everybody takes; we never ask for more.
  static final int MAX_FRAME = 16_384;

  static final int LARGEST_MAX_FRAME = (1 << 24) - 1;
  static final int INITIAL_WINDOW = 65_535;

  /// A peer may allow more; larger frames would only make streams wait for each other.
  static final int LARGEST_FRAME_SENT = MAX_FRAME;

  private FrameTypes() {}
}

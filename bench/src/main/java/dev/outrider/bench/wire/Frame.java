package dev.outrider.bench.wire;

/// Numbers of RFC 9113 section 6.
final class Frame {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;

  static final int END_STREAM = 1;
  static final int ACK = 1;
  static final int END_HEADERS = 4;

  static final int SETTING_MAX_STREAMS = 3;
  static final int SETTING_WINDOW = 4;

  static final int DEFAULT_WINDOW = 65_535;
  static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  private Frame() {}
}

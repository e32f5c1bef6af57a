package dev.outrider.proxy.http2;

import io.netty.buffer.ByteBuf;

/// What a [FrameReader] finds, frame by frame. The reader has checked what a frame says about
/// itself: its length, its padding, whether it belongs to a stream, and that header blocks come in
/// one piece.
interface InboundFrames {
  /// Told before anything else of each frame. `length` is without padding. Returns false if the
  /// connection has been given up.
  boolean onFrame(int type, int id, boolean end, int length);

  /// *Takes* the payload, or the next piece of it. `flowBytes` is what counts for the windows:
  /// payload and padding.
  ///
  /// @param end the last piece of a frame with END_STREAM
  void onData(int id, ByteBuf payload, int flowBytes, boolean end);

  /// A whole header block, between the indexes of the buffer. Borrows it. `wireBytes` are the
  /// payloads that it came in.
  void onHeaders(int id, ByteBuf block, int wireBytes, boolean end);

  void onReset(int id, long error);

  void onSetting(int setting, long value);

  /// Behind the last setting of a frame.
  void onSettingsEnd();

  void onSettingsAck();

  void onPing(boolean ack, long data);

  void onGoAway(int lastStreamId, long error);

  /// `id` 0 is the connection. The increment may be 0, which is an error.
  void onWindowUpdate(int id, int increment);

  /// The bytes make no sense from here on; nothing more is read.
  void onFrameError(Http2Error error, String details);
}

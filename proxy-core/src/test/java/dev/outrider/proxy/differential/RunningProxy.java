package dev.outrider.proxy.differential;

import java.io.Closeable;
import java.io.IOException;

/// A proxy that serves a bootstrap.
interface RunningProxy extends Closeable {
  /// The port of a listener.
  int port(String listener) throws IOException;

  /// Returns the body of the admin interface's answer.
  String admin(String method, String path) throws IOException;

  /// What its guests say.
  GuestLogs guestLogs();

  /// What it has logged that no proxy should: a leak, an exception, a crash.
  String complaints() throws IOException;
}

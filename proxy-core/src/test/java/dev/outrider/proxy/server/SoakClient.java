package dev.outrider.proxy.server;

import java.util.Random;

/// One thread of a soak.
abstract class SoakClient {
  final int port;
  final Random random;
  final SoakLog log;

  SoakClient(int port, Random random, SoakLog log) {
    this.port = port;
    this.random = random;
    this.log = log;
  }

  /// One connection with what is done on it, to its end or not.
  abstract void connection() throws Exception;

  final void run(long end) {
    try {
      while (System.nanoTime() < end) {
        connection();
      }
    } catch (Exception e) {
      log.wrong(getClass().getSimpleName() + ": " + e);
    }
  }
}

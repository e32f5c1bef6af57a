package dev.outrider.proxy.downstream;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.loop.Clock;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// The `date` of responses (RFC 9110 6.6.1), written once a second. Belongs to one loop.
final class DateHeader {
  private static final DateTimeFormatter FORMAT =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  private final Clock clock;
  private long second = Long.MIN_VALUE;
  private byte[] bytes = {};

  DateHeader(Clock clock) {
    this.clock = clock;
  }

  void setOn(HeaderMap head) {
    var now = clock.epochMicros() / 1_000_000;
    if (now != second) {
      second = now;
      bytes = FORMAT.format(Instant.ofEpochSecond(now)).getBytes(StandardCharsets.US_ASCII);
    }
    head.set(HeaderNames.DATE, bytes, 0, bytes.length);
  }
}

package dev.outrider.proxy.http;

import dev.outrider.proxy.loop.Clock;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// The value of `date` (RFC 9110 5.6.7), formatted once a second. One per loop.
public final class HttpDate {
  private static final DateTimeFormatter FORMAT =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final Clock clock;
  private long second = Long.MIN_VALUE;
  private byte[] text = {};

  public HttpDate(Clock clock) {
    this.clock = clock;
  }

  /// Gives the head a `date` unless it has one.
  public void addTo(HeaderMap head) {
    if (!head.contains(HeaderNames.DATE)) {
      var now = now();
      head.add(HeaderNames.DATE, now, 0, now.length);
    }
  }

  private byte[] now() {
    var current = Math.floorDiv(clock.epochMicros(), 1_000_000L);
    if (current != second) {
      second = current;
      text = FORMAT.format(Instant.ofEpochSecond(current)).getBytes(StandardCharsets.US_ASCII);
    }
    return text;
  }
}

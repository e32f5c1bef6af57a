package dev.outrider.proxy.attributes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.stream.ConnectionInfo;
import dev.outrider.proxy.stream.StreamInfo;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TimeFormatTest {

  @Test
  void agreesWithTheLibrarysCalendar() {
    var format =
        FormatString.parse(
            "%START_TIME(%A %d %B %Y %H:%M:%S.%6f)%",
            FormatEnvironment.ofProcess(),
            problem -> {
              throw new AssertionError(problem);
            });
    var library =
        DateTimeFormatter.ofPattern("EEEE dd MMMM yyyy HH:mm:ss.SSSSSS", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    var random = new SplittableRandom(1);
    var info = new StreamInfo();
    var out = new ValueBuffer();
    for (var i = 0; i < 20_000; i++) {
      // From 1900 to 2200, leap years and century years included.
      var micros = random.nextLong(-2_208_988_800_000_000L, 7_258_118_400_000_000L);
      info.reset(ConnectionInfo.NONE, i);
      info.times().started(micros, 0);
      out.clear();
      format.write(info, out);

      assertThat(new String(out.toBytes(), StandardCharsets.UTF_8))
          .isEqualTo(
              library.format(
                  Instant.EPOCH.plusNanos(0).plus(micros, java.time.temporal.ChronoUnit.MICROS)));
    }
  }
}

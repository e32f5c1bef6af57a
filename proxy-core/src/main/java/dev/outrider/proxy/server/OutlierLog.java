package dev.outrider.proxy.server;

import com.google.gson.stream.JsonWriter;
import dev.outrider.proxy.accesslog.LogSink;
import dev.outrider.proxy.loop.Clock;
import dev.outrider.proxy.outlier.EjectionType;
import dev.outrider.proxy.outlier.OutlierEvents;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// Writes a line of JSON for each ejection and each end of one (Envoy
/// `data.cluster.v3.OutlierDetectionEvent`). Main loop only.
record OutlierLog(LogSink sink, Clock clock) implements OutlierEvents {
  private static final String HOST_RATE = "host_success_rate";

  @Override
  public void onEvent(Event event) {
    var line = (text(event) + '\n').getBytes(StandardCharsets.UTF_8);
    sink.write(line, 0, line.length);
  }

  private String text(Event event) {
    var text = new StringWriter();
    try (var json = new JsonWriter(text)) {
      json.setHtmlSafe(false);
      json.beginObject();
      // Of the end of an ejection Envoy does not say how it began.
      json.name("type")
          .value((event.ejects() ? event.type() : EjectionType.CONSECUTIVE_5XX).name());
      json.name("timestamp")
          .value(
              Instant.EPOCH
                  .plus(clock.epochMicros(), ChronoUnit.MICROS)
                  .truncatedTo(ChronoUnit.MILLIS)
                  .toString());
      if (event.secondsSinceLast() >= 0) {
        json.name("secs_since_last_action").value(Long.toString(event.secondsSinceLast()));
      }
      json.name("cluster_name").value(event.cluster());
      json.name("upstream_url").value(event.host().text());
      json.name("action").value(event.ejects() ? "EJECT" : "UNEJECT");
      json.name("num_ejections").value(event.ejections());
      json.name("enforced").value(event.enforced());
      if (event.ejects()) {
        why(event, json);
      }
      json.endObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // into memory
    }
    return text.toString();
  }

  private static void why(Event event, JsonWriter json) throws IOException {
    switch (event.type()) {
      case CONSECUTIVE_5XX, CONSECUTIVE_GATEWAY_FAILURE, CONSECUTIVE_LOCAL_ORIGIN_FAILURE ->
          json.name("eject_consecutive_event").beginObject();
      case SUCCESS_RATE, SUCCESS_RATE_LOCAL_ORIGIN ->
          json.name("eject_success_rate_event")
              .beginObject()
              .name(HOST_RATE)
              .value((long) event.hostPercent())
              .name("cluster_average_success_rate")
              .value((long) event.rates().average())
              .name("cluster_success_rate_ejection_threshold")
              .value((long) event.rates().threshold());
      case FAILURE_PERCENTAGE, FAILURE_PERCENTAGE_LOCAL_ORIGIN ->
          json.name("eject_failure_percentage_event")
              .beginObject()
              .name(HOST_RATE)
              .value((long) event.hostPercent());
    }
    json.endObject();
  }
}

package dev.outrider.proxy.server;

import com.google.gson.stream.JsonWriter;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.health.CheckEvent;
import dev.outrider.proxy.health.FailureKind;
import dev.outrider.proxy.health.ProbeSpec;
import dev.outrider.proxy.loop.Clock;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;

/// Writes what a health check has found as Envoy's file sink does: a
/// `data.core.v3.HealthCheckEvent` in JSON, in the order of its field numbers. Of typed metadata
/// only the type is told.
final class CheckEventText {
  private final CheckEvent event;
  private final JsonWriter json;

  private CheckEventText(CheckEvent event, JsonWriter json) {
    this.event = event;
    this.json = json;
  }

  static String of(CheckEvent event, Clock clock) {
    var text = new StringWriter();
    try (var json = new JsonWriter(text)) {
      json.setHtmlSafe(false);
      new CheckEventText(event, json).write(clock);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // into memory
    }
    return text.toString();
  }

  private void write(Clock clock) throws IOException {
    json.beginObject();
    json.name("health_checker_type").value(type(event.probe()));
    json.name("host");
    host(event.endpoint().address());
    json.name("cluster_name").value(event.cluster());
    becomes();
    json.name("timestamp")
        .value(
            Instant.EPOCH
                .plus(clock.epochMicros(), ChronoUnit.MICROS)
                .truncatedTo(ChronoUnit.MILLIS)
                .toString());
    found();
    metadata(event.endpoint());
    var locality = event.endpoint().locality();
    json.name("locality").beginObject();
    json.name("region").value(locality.region());
    json.name("zone").value(locality.zone());
    json.name("sub_zone").value(locality.subZone());
    json.endObject();
    if (event.kind() == CheckEvent.Kind.SUCCESS) {
      json.name("successful_health_check_event").beginObject().endObject();
    }
    json.endObject();
  }

  private static String type(ProbeSpec probe) {
    return switch (probe) {
      case ProbeSpec.Http _ -> "HTTP";
      case ProbeSpec.Tcp _ -> "TCP";
      case ProbeSpec.Grpc _ -> "GRPC";
    };
  }

  private void host(HostPort address) throws IOException {
    json.beginObject();
    if (address.isPipe()) {
      json.name("pipe").beginObject();
      json.name("path").value(address.text());
      json.name("mode").value(0);
    } else {
      json.name("socket_address").beginObject();
      json.name("protocol").value("TCP");
      json.name("address").value(address.host());
      json.name("port_value").value(address.port());
      json.name("resolver_name").value("");
      json.name("ipv4_compat").value(false);
      json.name("network_namespace_filepath").value("");
    }
    json.endObject();
    json.endObject();
  }

  /// What has fields before the time.
  private void becomes() throws IOException {
    switch (event.kind()) {
      case EJECT -> {
        json.name("eject_unhealthy_event").beginObject();
        json.name("failure_type").value(failure());
        json.endObject();
      }
      case ADD -> {
        json.name("add_healthy_event").beginObject();
        json.name("first_check").value(event.first());
        json.endObject();
      }
      case FAILURE, SUCCESS, DEGRADED, NO_LONGER_DEGRADED -> {}
    }
  }

  /// What has fields behind it.
  private void found() throws IOException {
    switch (event.kind()) {
      case FAILURE -> {
        json.name("health_check_failure_event").beginObject();
        json.name("failure_type").value(failure());
        json.name("first_check").value(event.first());
        json.endObject();
      }
      case DEGRADED -> json.name("degraded_healthy_host").beginObject().endObject();
      case NO_LONGER_DEGRADED -> json.name("no_longer_degraded_host").beginObject().endObject();
      case EJECT, ADD, SUCCESS -> {}
    }
  }

  private String failure() {
    return Objects.requireNonNullElse(event.failure(), FailureKind.ACTIVE).name();
  }

  private void metadata(Endpoint endpoint) throws IOException {
    var known = endpoint.metadata().own();
    if (known.equals(dev.outrider.proxy.cluster.Metadata.NONE)) {
      return;
    }
    var message = parsed(known.message());
    json.name("metadata").beginObject();
    json.name("filter_metadata").beginObject();
    for (var entry : message.getFilterMetadataMap().entrySet()) {
      json.name(entry.getKey());
      struct(entry.getValue());
    }
    json.endObject();
    json.name("typed_filter_metadata").beginObject();
    for (var entry : message.getTypedFilterMetadataMap().entrySet()) {
      json.name(entry.getKey()).beginObject();
      json.name("@type").value(entry.getValue().getTypeUrl());
      json.endObject();
    }
    json.endObject();
    json.endObject();
  }

  private static Metadata parsed(byte[] message) {
    try {
      return Metadata.parseFrom(message);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("was written by a parser", e);
    }
  }

  private void struct(Struct struct) throws IOException {
    json.beginObject();
    for (var field : struct.getFieldsMap().entrySet()) {
      json.name(field.getKey());
      value(field.getValue());
    }
    json.endObject();
  }

  private void value(Value value) throws IOException {
    switch (value.getKindCase()) {
      case NUMBER_VALUE -> number(value.getNumberValue());
      case STRING_VALUE -> json.value(value.getStringValue());
      case BOOL_VALUE -> json.value(value.getBoolValue());
      case STRUCT_VALUE -> struct(value.getStructValue());
      case LIST_VALUE -> {
        json.beginArray();
        for (var item : value.getListValue().getValuesList()) {
          value(item);
        }
        json.endArray();
      }
      case NULL_VALUE, KIND_NOT_SET -> json.nullValue();
    }
  }

  private void number(double number) throws IOException {
    if (number == Math.rint(number) && Math.abs(number) < 1e15) {
      json.value((long) number);
    } else if (Double.isFinite(number)) {
      json.value(number);
    } else {
      json.value(Double.toString(number));
    }
  }
}

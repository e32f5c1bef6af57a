package dev.outrider.proxy.xds.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.http.Http2Options;
import dev.outrider.proxy.http.Http2Options.Keepalive;
import dev.outrider.proxy.xds.Yaml;
import io.envoyproxy.envoy.config.core.v3.Http2ProtocolOptions;
import org.junit.jupiter.api.Test;

class Http2OptionsParserTest {
  private final Scope scope = Scope.of("x");

  @Test
  void hasTheDefaultsOfEnvoy() {
    assertThat(read("{}", false)).isEqualTo(Http2Options.DEFAULT);
  }

  @Test
  void readsEveryOption() {
    var options =
        read(
            """
            hpack_table_size: 0
            max_concurrent_streams: 1
            initial_stream_window_size: 65535
            initial_connection_window_size: 65536
            max_outbound_frames: 2
            max_outbound_control_frames: 3
            max_consecutive_inbound_frames_with_empty_payload: 4
            max_inbound_priority_frames_per_stream: 5
            max_inbound_window_update_frames_per_data_frame_sent: 4294967295
            allow_connect: true
            override_stream_error_on_invalid_http_message: true
            connection_keepalive:
              interval: 1s
              timeout: 0.5s
              interval_jitter: {value: 7}
              connection_idle_interval: 2s
            """,
            false);

    assertThat(options)
        .isEqualTo(
            new Http2Options(
                0,
                1,
                65_535,
                65_536,
                2,
                3,
                4,
                5,
                Integer.MAX_VALUE,
                64 << 10,
                true,
                true,
                new Keepalive(1_000, 500, 7, 2_000)));
    assertThat(scope.problems()).isEmpty();
  }

  @Test
  void theOptionItselfOverrulesTheManagerAndTheDeprecatedOneAddsToIt() {
    assertThat(read("{}", true).streamErrorOnInvalidMessage()).isTrue();
    assertThat(
            read("override_stream_error_on_invalid_http_message: false", true)
                .streamErrorOnInvalidMessage())
        .isFalse();
    assertThat(
            read("stream_error_on_invalid_http_messaging: true", false)
                .streamErrorOnInvalidMessage())
        .isTrue();
  }

  @Test
  void refusesWhatWouldChangeTheProtocol() {
    read("{allow_metadata: true, custom_settings_parameters: [{identifier: 9, value: 1}]}", false);

    assertThat(scope.problems())
        .extracting(ConfigProblem::field)
        .containsExactly("allow_metadata", "custom_settings_parameters");
  }

  private Http2Options read(String yaml, boolean streamErrors) {
    try {
      return Http2OptionsParser.parse(
          Http2ProtocolOptions.parseFrom(
              Yaml.bytes("envoy.config.core.v3.Http2ProtocolOptions", yaml)),
          streamErrors,
          scope);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }
}

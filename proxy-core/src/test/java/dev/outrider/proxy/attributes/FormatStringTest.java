package dev.outrider.proxy.attributes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.stream.FilterState;
import dev.outrider.proxy.stream.ResponseFlag;
import dev.outrider.proxy.stream.StreamInfo;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FormatStringTest {
  private static final FormatEnvironment ENVIRONMENT =
      new FormatEnvironment(
          "host-1",
          name -> "ZONE".equals(name) ? "zürich" : null,
          InstantSource.fixed(Instant.parse("2026-11-22T16:16:08Z")),
          ZoneOffset.ofHours(2),
          (_, _) -> Expression.NOTHING,
          true);

  private static String format(String text, StreamInfo info) {
    var problems = new ArrayList<String>();
    var format = FormatString.parse(text, ENVIRONMENT, problems::add);
    assertThat(problems).isEmpty();
    var out = new ValueBuffer(1);
    format.write(info, out);
    return new String(out.toBytes(), StandardCharsets.UTF_8);
  }

  private static List<String> problems(String text) {
    var problems = new ArrayList<String>();
    FormatString.parse(text, ENVIRONMENT, problems::add);
    return problems;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          plain                                   | plain
          100%%                                   | 100%
          %%%RESPONSE_CODE%%%                     | %200%
          %REQ(:METHOD)%                          | GET
          %REQ(:PATH):4%                          | /a/x
          %REQ(X-NONE?:AUTHORITY)%                | example.test
          %REQ(X-NONE)%                           | -
          %RESP(X-Envoy-Upstream-Service-Time)%   | 0
          %TRAILER(grpc-status)%                  | -
          %PROTOCOL%                              | HTTP/1.1
          %RESPONSE_CODE_DETAILS%                 | via_upstream
          %RESPONSE_FLAGS%                        | -
          %BYTES_RECEIVED%/%BYTES_SENT%           | 0/176
          %DURATION%                              | 6
          %REQUEST_DURATION%                      | 1
          %REQUEST_TX_DURATION%                   | 2
          %RESPONSE_DURATION%                     | 4
          %RESPONSE_TX_DURATION%                  | 2
          %UPSTREAM_HOST%                         | 127.0.0.1:20610
          %UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%  | 127.0.0.1
          %UPSTREAM_REMOTE_PORT%                  | 20610
          %UPSTREAM_LOCAL_ADDRESS%                | 127.0.0.1:40000
          %UPSTREAM_CLUSTER%                      | service_a
          %UPSTREAM_CLUSTER_RAW%                  | service_a
          %UPSTREAM_REQUEST_ATTEMPT_COUNT%        | 1
          %UPSTREAM_TRANSPORT_FAILURE_REASON%     | -
          %DOWNSTREAM_REMOTE_ADDRESS%             | 127.0.0.1:55123
          %DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT% | 127.0.0.1
          %DOWNSTREAM_LOCAL_ADDRESS%              | 127.0.0.1:20600
          %DOWNSTREAM_LOCAL_PORT%                 | 20600
          %ROUTE_NAME%                            | -
          %VIRTUAL_CLUSTER_NAME%                  | -
          %FILTER_CHAIN_NAME%                     | -
          %HOSTNAME%                              | host-1
          %ENVIRONMENT(ZONE)%                     | zürich
          %ENVIRONMENT(UNSET)%                    | -
          %CONNECTION_ID%                         | 42
          %START_TIME%                            | 2026-11-22T16:16:07.618Z
          %START_TIME(%s.%6f)%                    | 1795364167.618321
          %START_TIME(%a %e %b %Y %I:%M %p %9f)%  | Sun 22 Nov 2026 04:16 PM 618321000
          %START_TIME(%F %T%%)%                   | 2026-11-22 16:16:07%
          %GRPC_STATUS%                           | -
          %START_TIME(%j %U %W %V %G %g %C %u %w)% | 326 47 46 47 2026 26 20 7 0
          %START_TIME(%c;%x;%X;%r;%R;%D;%k;%l;%P)% | Sun Nov 22 16:16:07 2026;11/22/26;16:16:07;04:16:07 PM;16:16;11/22/26;16; 4;pm
          %START_TIME(%E6S %E0S %E12S %E*S %E3f %E*f %E4Y %Ez %E*z %OS)% | 07.618321 07 07.618321000000 07.618321 618 618321 2026 +00:00 +00:00:00 07
          %START_TIME_LOCAL%                      | 2026-11-22T18:16:07.618+0200
          %EMIT_TIME%                             | 2026-11-22T16:16:08.000Z
          %EMIT_TIME_LOCAL(%H %Ez)%               | 18 +02:00
          %COMMON_DURATION(DS_RX_BEG:DS_RX_END)%  | 1
          %PATH%                                  | /a/x?q=1
          %PATH(NQ)%                              | /a/x
          %PATH(WQ:ORIG)%                         | -
          %PATH(NQ:PATH):3%                       | /a/
          %QUERY_PARAM(q)%                        | 1
          %QUERY_PARAM(none)%                     | -
          %QUERY_PARAMS%                          | q=1
          %REQ_WITHOUT_QUERY(X-NONE?:PATH)%       | /a/x
          %STREAM_ID%                             | 454900df-95a2-454e-874d-7f02bc2d03bd
          %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(16)% | 127.0.0.0/16
          %UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(64)% | 127.0.0.1/32
          %REQUESTED_SERVER_NAME(HOST_FIRST)%     | example.test
          %REQUESTED_SERVER_NAME(SNI_FIRST:ORIG)% | -
          %UPSTREAM_HOST_NAME_WITHOUT_PORT%       | 127.0.0.1
          %UPSTREAM_PROTOCOL%                     | -
          <%CUSTOM_FLAGS%%LOCAL_REPLY_BODY%>      | <>
          %TRACE_ID%%SPAN_ID%%ROUNDTRIP_DURATION% | ---
          %BYTES_RETRANSMITTED%                   | 0
          %DOWNSTREAM_PEER_CERT_V_START(%Y)%      | -
          """)
  void writesOneOperator(String text, String expected) {
    assertThat(format(text, Streams.proxied())).isEqualTo(expected);
  }

  @Test
  void writesADashForAllThatIsUnknown() {
    assertThat(
            format(
                "%REQ(:PATH)% %RESPONSE_CODE% %DURATION% %UPSTREAM_HOST% %UPSTREAM_LOCAL_PORT%"
                    + " %RESPONSE_CODE_DETAILS%",
                Streams.begun()))
        .isEqualTo("- 0 - - - -");
  }

  @Test
  void writesWhatTheExchangeCostOnTheWire() {
    var info = Streams.begun();
    info.sizes().downstream().received(32, 8);
    info.sizes().downstream().sent(134, 113);
    info.sizes().upstream().received(48, 25);
    info.sizes().upstream().sent(147, 124);

    assertThat(
            format(
                "%DOWNSTREAM_WIRE_BYTES_RECEIVED% %DOWNSTREAM_HEADER_BYTES_RECEIVED%"
                    + " %DOWNSTREAM_WIRE_BYTES_SENT% %DOWNSTREAM_HEADER_BYTES_SENT%"
                    + " %UPSTREAM_WIRE_BYTES_RECEIVED% %UPSTREAM_HEADER_BYTES_RECEIVED%"
                    + " %UPSTREAM_WIRE_BYTES_SENT% %UPSTREAM_HEADER_BYTES_SENT%",
                info))
        .isEqualTo("32 8 134 113 48 25 147 124");
  }

  @Test
  void writesTheTimeBetweenTwoMoments() {
    assertThat(
            format(
                "%COMMON_DURATION(DS_RX_BEG:DS_RX_END:ms)%"
                    + " %COMMON_DURATION(DS_RX_END:US_TX_BEG:us)%"
                    + " %COMMON_DURATION(US_TX_END:US_RX_BEG:ns)%"
                    + " %COMMON_DURATION(US_RX_BEG:US_TX_END:ns)%"
                    + " %COMMON_DURATION(US_CX_BEG:US_CX_END:us)%",
                Streams.proxied()))
        .isEqualTo("1 1000 1500000 - -");
  }

  @Test
  void writesFlagsInTheOrderInWhichTheyWereRaised() {
    var info = Streams.begun();
    info.flags().raise(ResponseFlag.UPSTREAM_RETRY_LIMIT_EXCEEDED);
    info.flags().raise(ResponseFlag.UPSTREAM_REQUEST_TIMEOUT);

    assertThat(format("%RESPONSE_FLAGS% %RESPONSE_FLAGS_LONG%", info))
        .isEqualTo("URX,UT UpstreamRetryLimitExceeded,UpstreamRequestTimeout");
  }

  @Test
  void replacesBlanksInReasons() {
    var info = Streams.begun();
    info.details("a b");
    info.upstream().transportFailed("delayed connect error: Connection refused");

    assertThat(
            format(
                "%UPSTREAM_TRANSPORT_FAILURE_REASON% %RESPONSE_CODE_DETAILS%"
                    + " %RESPONSE_CODE_DETAILS(ALLOW_WHITESPACES)%",
                info))
        .isEqualTo("delayed_connect_error:_Connection_refused a_b a b");
  }

  @Test
  void writesTheBelievedClientAndTheRealPeer() {
    var info = Streams.begun();
    info.remote(new HostPort("::1", 0));

    assertThat(
            format(
                "%DOWNSTREAM_REMOTE_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"
                    + " %DOWNSTREAM_DIRECT_REMOTE_ADDRESS%",
                info))
        .isEqualTo("[::1]:0 ::1 127.0.0.1:55123");
  }

  @Test
  void writesFilterStateOfStreamAndConnection() {
    var info = Streams.begun();
    info.filterState()
        .set(new FilterState.Entry(bytes("wasm.user"), bytes("a\"b"), FilterState.Shape.DEFAULT));
    info.connection()
        .state()
        .set(new FilterState.Entry(bytes("wasm.peer"), bytes("p"), FilterState.Shape.DEFAULT));

    assertThat(
            format(
                "%FILTER_STATE(wasm.user:PLAIN)% %FILTER_STATE(wasm.user)%"
                    + " %FILTER_STATE(wasm.peer:PLAIN)% %FILTER_STATE(wasm.user:PLAIN):1%"
                    + " %FILTER_STATE(none)%",
                info))
        .isEqualTo(
            "a\"b {\"@type\":\"type.googleapis.com/google.protobuf.BytesValue\",\"value\":\"YSJi\"}"
                + " p a -");
  }

  @Test
  void writesTheStatusOfGrpcCallsOnly() {
    var info = Streams.begun();
    info.responseTrailers(Streams.head(HeadKind.TRAILERS, "grpc-status", "4"));
    info.requestHead(Streams.head(HeadKind.REQUEST, "content-type", "application/grpc-web"));
    assertThat(format("%GRPC_STATUS%", info)).isEqualTo("-");

    info.requestHead(Streams.head(HeadKind.REQUEST, "content-type", "application/grpc+json"));

    assertThat(
            format(
                "%GRPC_STATUS% %GRPC_STATUS(SNAKE_STRING)% %GRPC_STATUS(NUMBER)%"
                    + " %GRPC_STATUS_NUMBER%",
                info))
        .isEqualTo("DeadlineExceeded DEADLINE_EXCEEDED 4 4");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "%NOPE%",
        "%REQ%",
        "%REQ()%",
        "%REQ(A?B?C)%",
        "%REQ(bad header)%",
        "%DURATION(x)%",
        "%START_TIME(%Q)%",
        "%FILTER_STATE(a:FIELD:b)%",
        "%START_TIME:3%",
        "%COMMON_DURATION(DS_RX_BEG:NOPE:ms)%",
        "%PATH(XQ)%",
        "%PATH(WQ:BOTH)%",
        "%QUERY_PARAM%",
        "%QUERY_PARAMS(RAW)%",
        "%METADATA(FOO:ns)%",
        "%METADATA(ROUTE)%",
        "%CLUSTER_METADATA(ns):3%",
        "%REQUESTED_SERVER_NAME(FIRST)%",
        "%UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT(129)%",
        "%HOSTNAME:2%",
        "%ENVIRONMENT%",
        "%CEL()%",
        "%TLS_JA3_FINGERPRINT:3%",
        "%UPSTREAM_FILTER_STATE%",
        "%UPSTREAM_DETECTED_CLOSE_TYPE%",
        "%GRPC_STATUS(LOUD)%",
        "%unclosed",
        "50% off",
        "%REQ(:PATH%"
      })
  void namesWhatIsWrong(String text) {
    assertThat(problems("x " + text)).isNotEmpty().allMatch(problem -> problem.contains("%"));
  }

  @Test
  void writesEveryHostAndConnectionThatWasTried() {
    var info = Streams.begun();
    var first = new HostPort("10.0.0.1", 80);
    var second = new HostPort("10.0.0.2", 81);
    info.upstream().tries(first, "a.test:80");
    info.upstream().attempt(first, "a.test:80");
    info.upstream().connected(new HostPort("10.0.0.9", 1), 7);
    info.upstream().triedOver(7);
    assertThat(format("%UPSTREAM_HOSTS_ATTEMPTED% %UPSTREAM_CONNECTION_IDS_ATTEMPTED%", info))
        .isEqualTo("10.0.0.1:80 7");
    info.upstream().tries(second, "");
    info.upstream().attempt(second, "");
    info.upstream().triedOver(8);

    assertThat(
            format(
                "%UPSTREAM_HOSTS_ATTEMPTED% %UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT%"
                    + " %UPSTREAM_HOST_NAMES_ATTEMPTED%"
                    + " %UPSTREAM_HOST_NAMES_ATTEMPTED_WITHOUT_PORT%"
                    + " %UPSTREAM_CONNECTION_IDS_ATTEMPTED%",
                info))
        .isEqualTo(
            "10.0.0.1:80,10.0.0.2:81 10.0.0.1,10.0.0.2 a.test:80,10.0.0.2:81 a.test,10.0.0.2 7,8");
    info.reset(info.connection(), 8);
    assertThat(format("%UPSTREAM_HOSTS_ATTEMPTED%%UPSTREAM_CONNECTION_IDS_ATTEMPTED%", info))
        .isEqualTo("--");
  }

  @Test
  void saysWhichOperatorsOfEnvoyItDoesNotHave() {
    assertThat(problems("%DYNAMIC_METADATA%"))
        .containsExactly("operator is not supported: %DYNAMIC_METADATA%");
  }

  @Test
  void namesEveryProblemAtOnce() {
    assertThat(problems("%NOPE% %NEITHER(1):2%"))
        .containsExactly("unknown operator %NOPE%", "unknown operator %NEITHER(1):2%");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}

package dev.outrider.proxy.xds.resource;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.config.DiscoveryService.Call;
import dev.outrider.proxy.config.DiscoveryService.Metadata;
import dev.outrider.proxy.config.DynamicSources.BackOff;
import dev.outrider.proxy.config.GrpcAddress;
import dev.outrider.proxy.config.GrpcServer;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.tls.SecretBytes;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GoogleGrpcParserTest {
  private final Scope scope = Scope.of("r");

  private GrpcServer parse(String google, String rest) {
    return parsed(
        "{google_grpc: {target_uri: 'plane.test:443', stat_prefix: p%s}%s}"
            .formatted(google, rest));
  }

  private GrpcServer parsed(String yaml) {
    try {
      var bytes = Yaml.bytes("envoy.config.core.v3.GrpcService", yaml);
      return GrpcServerParser.parse(GrpcService.parseFrom(bytes), scope);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void isReachedWithoutSecurityByItsAddressAlone() {
    var server = parse("", "");

    assertThat(scope.problems()).isEmpty();
    assertThat(server)
        .isEqualTo(
            new GrpcServer(
                new GrpcAddress.OfUri("plane.test:443", "p", null, null, ""),
                BackOff.DEFAULT,
                Call.PLAIN));
    assertThat(server.cluster()).isEmpty();
  }

  @Test
  void readsWhatSecuresAndKeepsIt() {
    var server =
        parse(
            """
            , channel_credentials: {ssl_credentials: {root_certs: {inline_string: R},
                private_key: {inline_string: K}, cert_chain: {inline_string: C}}},
              call_credentials: [{access_token: tok}],
              credentials_factory_name: envoy.grpc_credentials.default,
              channel_args: {args: {grpc.keepalive_time_ms: {int_value: 30000},
                grpc.keepalive_timeout_ms: {int_value: 5000},
                grpc.keepalive_permit_without_calls: {int_value: 1},
                grpc.max_receive_message_length: {int_value: 1000},
                grpc.default_authority: {string_value: other.test},
                grpc.unknown: {int_value: 1}}}\
            """,
            ", initial_metadata: [{key: x, value: z}]");

    assertThat(scope.problems()).isEmpty();
    assertThat(server)
        .isEqualTo(
            new GrpcServer(
                new GrpcAddress.OfUri(
                    "plane.test:443",
                    "p",
                    new GrpcAddress.Security(
                        SecretBytes.inline("R"), SecretBytes.inline("K"), SecretBytes.inline("C")),
                    new GrpcAddress.Keepalive(30_000, 5_000, true),
                    "other.test"),
                BackOff.DEFAULT,
                new Call(
                    "other.test",
                    1_000,
                    List.of(new Metadata("x", "z"), new Metadata("authorization", "Bearer tok")))));
    assertThat(server.toString()).doesNotContain("tok", "key=K");
  }

  @Test
  void aNameThatACertificateMustBearTakesThePlaceOfTheAddress() {
    var server =
        parse(
            ", channel_args: {args: {grpc.ssl_target_name_override: {string_value: a.test}}}", "");

    assertThat(server.call().authority()).isEqualTo("a.test");
  }

  @Test
  void localCredentialsAreForThisMachine() {
    var server =
        parsed(
            "{google_grpc: {target_uri: 'unix:/s', stat_prefix: p, channel_credentials:"
                + " {local_credentials: {}}}}");

    assertThat(((GrpcAddress.OfUri) server.target()).security()).isNull();
    assertThat(scope.problems()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "channel_credentials: {google_default: {}} | channel_credentials.google_default: is not"
            + " supported",
        "channel_credentials: {local_credentials: {}} | channel_credentials.local_credentials: is"
            + " supported for unix: targets only",
        "channel_credentials: {ssl_credentials: {private_key: {inline_string: k}}} |"
            + " channel_credentials.ssl_credentials: private_key and cert_chain are needed"
            + " together",
        "channel_credentials: {ssl_credentials: {root_certs: {filename: /there/is/none}}} |"
            + " channel_credentials.ssl_credentials.root_certs.filename: Invalid path:"
            + " /there/is/none",
        "channel_credentials_plugin: [{'@type': type.googleapis.com/google.protobuf.Struct, value:"
            + " {}}] | channel_credentials_plugin: is not supported",
        "call_credentials_plugin: [{'@type': type.googleapis.com/google.protobuf.Struct, value:"
            + " {}}] | call_credentials_plugin: is not supported",
        "credentials_factory_name: envoy.grpc_credentials.aws_iam | credentials_factory_name:"
            + " Unknown google grpc credentials factory: envoy.grpc_credentials.aws_iam",
        "call_credentials: [{access_token: t}] | call_credentials[0].access_token: is not sent"
            + " without ssl_credentials of the channel",
        "call_credentials: [{google_compute_engine: {}}] |"
            + " call_credentials[0].google_compute_engine: is not supported",
        "call_credentials: [{google_refresh_token: t}] | call_credentials[0].google_refresh_token:"
            + " is not supported",
        "call_credentials: [{service_account_jwt_access: {}}] |"
            + " call_credentials[0].service_account_jwt_access: is not supported",
        "call_credentials: [{google_iam: {}}] | call_credentials[0].google_iam: is not supported",
        "call_credentials: [{from_plugin: {}}] | call_credentials[0].from_plugin: is not supported",
        "call_credentials: [{sts_service: {subject_token_path: a, subject_token_type: b}}] |"
            + " call_credentials[0].sts_service: is not supported",
        "channel_args: {args: {grpc.keepalive_time_ms: {string_value: a}}} |"
            + " channel_args.args[grpc.keepalive_time_ms]: int_value is required",
        "channel_args: {args: {grpc.default_authority: {int_value: 1}}} |"
            + " channel_args.args[grpc.default_authority]: string_value is required",
        "channel_args: {args: {grpc.default_authority: {string_value: a},"
            + " grpc.ssl_target_name_override: {string_value: b}}} | channel_args:"
            + " grpc.default_authority and grpc.ssl_target_name_override: only one name is"
            + " supported",
      })
  void refusesWhatOurGrpcCannotDo(String fields, String problem) {
    parse(", " + fields, "");

    assertThat(scope.problems().stream().map(ConfigProblem::text))
        .containsExactly("r: google_grpc." + problem);
  }
}

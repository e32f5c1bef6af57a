package dev.outrider.proxy.wasm;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.upstream.CalloutClient;
import dev.outrider.proxywasm.host.WasmResult;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a guest names as the service of a gRPC call: a cluster, or an Envoy `core.v3.GrpcService`.
///
/// Envoy parses first and crashes on the names that happen to parse (`h2`, the empty one); here the
/// exact name of a cluster comes first.
sealed interface GrpcServiceRef {
  /// A cluster that is there.
  ///
  /// @param config the default instance for a plain name
  record Found(String cluster, GrpcService config) implements GrpcServiceRef {
    /// Milliseconds, 0 for none.
    long timeoutMillis() {
      var timeout = config.getTimeout();
      return Math.max(0, timeout.getSeconds() * 1000 + timeout.getNanos() / 1_000_000);
    }

    /// Adds what the service wants to be told with each call. False if one of it is no field of a
    /// request.
    boolean addTo(HeaderMap head) {
      var authority = config.getEnvoyGrpc().getAuthority();
      boolean accepted = authority.isEmpty() || head.set(HeaderNames.AUTHORITY, authority);
      for (var field : config.getInitialMetadataList()) {
        var name = field.getKey().getBytes(UTF_8);
        var value = value(field);
        accepted &= head.add(name, 0, name.length, value, 0, value.length);
      }
      return accepted;
    }

    private static byte[] value(HeaderValue field) {
      return field.getRawValue().isEmpty()
          ? field.getValue().replace("%%", "%").getBytes(UTF_8)
          : field.getRawValue().toByteArray();
    }

    /// Names of fields that are set and not acted on.
    List<String> ignoredFields(boolean stream) {
      var ignored = new ArrayList<String>();
      if (config.hasRetryPolicy()) {
        ignored.add("retry_policy");
      }
      if (config.getEnvoyGrpc().hasRetryPolicy()) {
        ignored.add("envoy_grpc.retry_policy");
      }
      if (config.getEnvoyGrpc().hasMaxReceiveMessageLength()) {
        ignored.add("envoy_grpc.max_receive_message_length");
      }
      if (stream && config.hasTimeout()) {
        ignored.add("timeout (of a stream)");
      }
      if (config.getInitialMetadataList().stream().anyMatch(Found::isFormat)) {
        ignored.add("initial_metadata.value (command operators)");
      }
      return ignored;
    }

    private static boolean isFormat(HeaderValue field) {
      return field.getValue().replace("%%", "").contains("%");
    }
  }

  /// Nothing that can be called.
  ///
  /// @param status what the guest is answered, as by Envoy
  record Refused(WasmResult status, String why) implements GrpcServiceRef {}

  static GrpcServiceRef of(byte[] bytes, CalloutClient callouts) {
    var name = new String(bytes, UTF_8);
    if (callouts.knows(name)) {
      return new Found(name, GrpcService.getDefaultInstance());
    }
    var config = parse(bytes);
    if (config == null) {
      return new Refused(
          WasmResult.PARSE_FAILURE,
          "'" + name + "' is neither the name of a cluster nor a GrpcService");
    }
    return switch (config.getTargetSpecifierCase()) {
      case ENVOY_GRPC -> {
        var cluster = config.getEnvoyGrpc().getClusterName();
        yield callouts.knows(cluster)
            ? new Found(cluster, config)
            : new Refused(
                WasmResult.INTERNAL_FAILURE,
                "GrpcService.envoy_grpc: cluster '" + cluster + "' is not defined");
      }
      case GOOGLE_GRPC ->
          new Refused(
              WasmResult.INTERNAL_FAILURE,
              "GrpcService.google_grpc is not supported; define a cluster and use envoy_grpc");
      case TARGETSPECIFIER_NOT_SET ->
          new Refused(
              WasmResult.PARSE_FAILURE,
              "'" + name + "' is not the name of a cluster, and names none as a GrpcService");
    };
  }

  private static @Nullable GrpcService parse(byte[] bytes) {
    try {
      return GrpcService.parseFrom(bytes);
    } catch (InvalidProtocolBufferException notOne) {
      return null;
    }
  }
}

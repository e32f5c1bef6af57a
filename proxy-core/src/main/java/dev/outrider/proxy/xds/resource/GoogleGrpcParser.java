package dev.outrider.proxy.xds.resource;

import dev.outrider.proxy.config.DiscoveryService.Call;
import dev.outrider.proxy.config.DiscoveryService.Metadata;
import dev.outrider.proxy.config.DynamicSources.BackOff;
import dev.outrider.proxy.config.GrpcAddress;
import dev.outrider.proxy.config.GrpcAddress.Keepalive;
import dev.outrider.proxy.config.GrpcAddress.Security;
import dev.outrider.proxy.config.GrpcServer;
import dev.outrider.proxy.tls.SecretBytes;
import dev.outrider.proxy.xds.core.DataSources;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.GrpcService.GoogleGrpc;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads `core.v3.GrpcService.GoogleGrpc` as far as our own gRPC can do the same. Credentials that
/// only Google's library has are refused; its channel arguments of which ours has nothing alike are
/// named in the log.
final class GoogleGrpcParser {
  private static final Logger LOG = LoggerFactory.getLogger("config");
  private static final String DEFAULT_FACTORY = "envoy.grpc_credentials.default";
  private static final Pattern TOKEN = Pattern.compile("[!-~]+");

  // Defaults of gRPC's C core.
  private static final long PING_TIMEOUT_MILLIS = 20_000;

  private final GoogleGrpc message;
  private final Scope place;
  private final Map<String, GoogleGrpc.ChannelArgs.Value> arguments;

  private GoogleGrpcParser(GoogleGrpc message, Scope place) {
    this.message = message;
    this.place = place;
    this.arguments = new TreeMap<>(message.getChannelArgs().getArgsMap());
  }

  static GrpcServer parse(GoogleGrpc message, List<Metadata> metadata, Scope place) {
    return new GoogleGrpcParser(message, place).parse(metadata);
  }

  private GrpcServer parse(List<Metadata> metadata) {
    var factory = message.getCredentialsFactoryName();
    if (!factory.isEmpty() && !factory.equals(DEFAULT_FACTORY)) {
      place.problem(
          "credentials_factory_name", "Unknown google grpc credentials factory: " + factory);
    }
    place.refuse(message.getChannelCredentialsPluginCount() > 0, "channel_credentials_plugin");
    place.refuse(message.getCallCredentialsPluginCount() > 0, "call_credentials_plugin");
    var security = security();
    var all = new ArrayList<>(metadata);
    all.addAll(tokens(security != null));
    var keepalive = keepalive();
    var most = number("grpc.max_receive_message_length", Call.DEFAULT_MAX_BYTES);
    var authority = authority();
    if (!arguments.isEmpty()) {
      LOG.warn("{}.channel_args: without effect here: {}", place.path(), arguments.keySet());
    }
    return new GrpcServer(
        new GrpcAddress.OfUri(
            message.getTargetUri(), message.getStatPrefix(), security, keepalive, authority),
        BackOff.DEFAULT,
        new Call(authority, most > 0 ? (int) most : Integer.MAX_VALUE, all)); // -1: no limit
  }

  private @Nullable Security security() {
    var credentials = message.getChannelCredentials();
    var inner = place.field("channel_credentials");
    return switch (credentials.getCredentialSpecifierCase()) {
      case SSL_CREDENTIALS ->
          security(credentials.getSslCredentials(), inner.field("ssl_credentials"));
      case LOCAL_CREDENTIALS -> {
        if (!message.getTargetUri().startsWith("unix:")) {
          inner.problem("local_credentials", "is supported for unix: targets only");
        }
        yield null;
      }
      case GOOGLE_DEFAULT -> {
        inner.refuse(true, "google_default");
        yield null;
      }
      case CREDENTIALSPECIFIER_NOT_SET -> null;
    };
  }

  private static Security security(GoogleGrpc.SslCredentials credentials, Scope place) {
    var key = read(credentials.hasPrivateKey(), credentials.getPrivateKey(), place, "private_key");
    var chain = read(credentials.hasCertChain(), credentials.getCertChain(), place, "cert_chain");
    if (credentials.hasPrivateKey() != credentials.hasCertChain()) {
      place.problem("private_key and cert_chain are needed together");
    }
    return new Security(
        read(credentials.hasRootCerts(), credentials.getRootCerts(), place, "root_certs"),
        key,
        chain);
  }

  private static @Nullable SecretBytes read(
      boolean isSet, DataSource source, Scope place, String field) {
    return isSet ? DataSources.read(source, place.field(field)) : null;
  }

  /// What a token says goes along as gRPC's own credentials would.
  private List<Metadata> tokens(boolean secured) {
    var all = new ArrayList<Metadata>();
    for (var i = 0; i < message.getCallCredentialsCount(); i++) {
      var each = message.getCallCredentials(i);
      var inner = place.item("call_credentials", i);
      switch (each.getCredentialSpecifierCase()) {
        case ACCESS_TOKEN -> {
          if (!secured) {
            inner.problem("access_token", "is not sent without ssl_credentials of the channel");
          } else if (!TOKEN.matcher(each.getAccessToken()).matches()) {
            inner.problem("access_token", "is not one that a header can carry");
          }
          all.add(new Metadata("authorization", "Bearer " + each.getAccessToken()));
        }
        case GOOGLE_COMPUTE_ENGINE -> inner.refuse(true, "google_compute_engine");
        case GOOGLE_REFRESH_TOKEN -> inner.refuse(true, "google_refresh_token");
        case SERVICE_ACCOUNT_JWT_ACCESS -> inner.refuse(true, "service_account_jwt_access");
        case GOOGLE_IAM -> inner.refuse(true, "google_iam");
        case FROM_PLUGIN -> inner.refuse(true, "from_plugin");
        case STS_SERVICE -> inner.refuse(true, "sts_service");
        case CREDENTIALSPECIFIER_NOT_SET -> inner.problem("one kind of credentials is required");
      }
    }
    return all;
  }

  private @Nullable Keepalive keepalive() {
    var time = number("grpc.keepalive_time_ms", 0);
    var timeout = number("grpc.keepalive_timeout_ms", PING_TIMEOUT_MILLIS);
    var idle = number("grpc.keepalive_permit_without_calls", 0) != 0;
    return time > 0 && time < Integer.MAX_VALUE ? new Keepalive(time, timeout, idle) : null;
  }

  private String authority() {
    var named = text("grpc.default_authority");
    var secured = text("grpc.ssl_target_name_override");
    if (!named.isEmpty() && !secured.isEmpty() && !named.equals(secured)) {
      place.problem(
          "channel_args",
          "grpc.default_authority and grpc.ssl_target_name_override: only one name is supported");
    }
    return named.isEmpty() ? secured : named;
  }

  private long number(String name, long otherwise) {
    var value = arguments.remove(name);
    if (value == null) {
      return otherwise;
    }
    if (!value.hasIntValue()) {
      place.problem("channel_args.args[" + name + "]", "int_value is required");
    }
    return Math.clamp(value.getIntValue(), -1, Integer.MAX_VALUE);
  }

  private String text(String name) {
    var value = arguments.remove(name);
    if (value == null) {
      return "";
    }
    if (!value.hasStringValue()) {
      place.problem("channel_args.args[" + name + "]", "string_value is required");
    }
    return value.getStringValue();
  }
}

package dev.outrider.proxy.xds.resource;

import dev.outrider.proxy.config.DiscoveryService.Call;
import dev.outrider.proxy.config.DiscoveryService.Metadata;
import dev.outrider.proxy.config.DynamicSources.BackOff;
import dev.outrider.proxy.config.GrpcAddress;
import dev.outrider.proxy.config.GrpcServer;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// Reads `core.v3.GrpcService`.
final class GrpcServerParser {
  private static final Pattern METADATA_NAME = Pattern.compile("[0-9a-z._-]+");
  private static final Pattern METADATA_VALUE = Pattern.compile("[ -$&-~]*");

  private GrpcServerParser() {}

  /// A server; with problems one that is not to be called.
  static GrpcServer parse(GrpcService service, Scope place) {
    var metadata = metadata(service, place);
    return switch (service.getTargetSpecifierCase()) {
      case ENVOY_GRPC -> ofCluster(service.getEnvoyGrpc(), metadata, place.field("envoy_grpc"));
      case GOOGLE_GRPC ->
          GoogleGrpcParser.parse(service.getGoogleGrpc(), metadata, place.field("google_grpc"));
      case TARGETSPECIFIER_NOT_SET -> {
        place.problem("one of envoy_grpc, google_grpc is required");
        yield new GrpcServer(new GrpcAddress.OfCluster(""), BackOff.DEFAULT, Call.PLAIN);
      }
    };
  }

  private static GrpcServer ofCluster(
      GrpcService.EnvoyGrpc grpc, List<Metadata> metadata, Scope place) {
    var most = grpc.getMaxReceiveMessageLength().getValue();
    return new GrpcServer(
        new GrpcAddress.OfCluster(grpc.getClusterName()),
        backOff(grpc, place),
        new Call(
            grpc.getAuthority(),
            most > 0 ? most : Call.DEFAULT_MAX_BYTES, // 0, and what an int does not hold: no limit
            metadata));
  }

  private static List<Metadata> metadata(GrpcService service, Scope place) {
    var all = new ArrayList<Metadata>();
    for (var i = 0; i < service.getInitialMetadataCount(); i++) {
      var header = service.getInitialMetadata(i);
      var inner = place.item("initial_metadata", i);
      var name = header.getKey().toLowerCase(Locale.ROOT);
      if (!METADATA_NAME.matcher(name).matches() || name.startsWith("grpc-")) {
        inner.problem("key", "'%s' cannot be sent by gRPC".formatted(header.getKey()));
      } else if (name.endsWith("-bin") || !header.getRawValue().isEmpty()) {
        inner.problem("'%s': only values of text are supported".formatted(name));
      } else if (!METADATA_VALUE.matcher(header.getValue()).matches()) {
        inner.problem("value", "only printable ASCII without '%' (no formatters) is supported");
      }
      all.add(new Metadata(name, header.getValue()));
    }
    return all;
  }

  private static BackOff backOff(GrpcService.EnvoyGrpc service, Scope place) {
    var configured = service.getRetryPolicy().getRetryBackOff();
    var defaults = BackOff.DEFAULT;
    var inner = place.field("retry_policy.retry_back_off");
    var base =
        configured.hasBaseInterval()
            ? Math.max(1, inner.millis("base_interval", configured.getBaseInterval()))
            : defaults.baseMillis();
    var max =
        configured.hasMaxInterval()
            ? inner.millis("max_interval", configured.getMaxInterval())
            : Math.max(base, defaults.maxMillis());
    if (max < base) {
      inner.problem("max_interval", "must be greater than or equal to the base_interval");
    }
    return new BackOff(base, max);
  }
}

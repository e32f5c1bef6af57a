package dev.outrider.proxy.xds.route;

import dev.outrider.proxy.routing.DirectBody;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.xds.core.DataSources;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;

/// Reads `route.v3.DirectResponseAction`.
final class DirectResponseParser {
  private static final int MOST_BODY_BYTES = 4096;

  private DirectResponseParser() {}

  /// How long bodies may be.
  static long mostBodyBytes(RouteConfiguration message) {
    return message.hasMaxDirectResponseBodySizeBytes()
        ? Integer.toUnsignedLong(message.getMaxDirectResponseBodySizeBytes().getValue())
        : MOST_BODY_BYTES;
  }

  /// Whether a file has to be read for one of the routes; perhaps, if some are in a tree.
  static boolean readsFile(RouteConfiguration message) {
    return message.getVirtualHostsList().stream()
        .anyMatch(
            host ->
                host.hasMatcher()
                    || host.getRoutesList().stream()
                        .anyMatch(route -> route.getDirectResponse().getBody().hasFilename()));
  }

  /// In the background, if the body is in a file.
  static RouteAction parse(DirectResponseAction message, long mostBodyBytes, Scope scope) {
    return new RouteAction.DirectResponse(
        message.getStatus(),
        message.hasBody() ? body(message.getBody(), mostBodyBytes, scope) : DirectBody.NONE);
  }

  private static DirectBody body(DataSource source, long mostBytes, Scope scope) {
    var read = DataSources.text(source, scope.field("body"));
    if (read == null) {
      return DirectBody.NONE;
    }
    if (read.length > mostBytes) {
      scope.problem(
          "body",
          source.hasFilename()
              ? "file %s size is %d bytes; maximum is %d"
                  .formatted(source.getFilename(), read.length, mostBytes)
              : "response body size is %d bytes; maximum is %d".formatted(read.length, mostBytes));
    }
    return DirectBody.of(read);
  }
}

package dev.outrider.proxy.xds.listener;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.config.HttpConnectionManagerConfig;
import dev.outrider.proxy.config.HttpFilterChains;
import dev.outrider.proxy.config.RouteSource;
import dev.outrider.proxy.config.ServiceIdentity;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.xds.accesslog.AccessLogParser;
import dev.outrider.proxy.xds.core.Http2OptionsParser;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.resource.ConfigSources;
import dev.outrider.proxy.xds.resource.ExtensionNeed;
import dev.outrider.proxy.xds.resource.Resource.InitTarget;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.resource.ScopesUse;
import dev.outrider.proxy.xds.route.RouteParser;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Reads `HttpConnectionManager`. What would normalise, authenticate or rewrite requests and is not
/// acted on is refused.
public final class HcmParser {
  private final HttpFilterParser filters;
  private final AccessLogParser accessLogs;
  private final ServiceIdentity identity;
  private final Executor background;

  /// @param identity as whom the proxy introduces itself where it is told to
  /// @param background for files that inline routes answer with
  public HcmParser(
      HttpFilterParser filters,
      AccessLogParser accessLogs,
      ServiceIdentity identity,
      Executor background) {
    this.background = background;
    this.identity = identity;
    this.filters = filters;
    this.accessLogs = accessLogs;
  }

  /// A message that makes no sense is a problem, and null.
  static @Nullable HttpConnectionManager message(Filter filter, Scope scope) {
    try {
      return HttpConnectionManager.parseFrom(filter.getTypedConfig().getValue());
    } catch (InvalidProtocolBufferException e) {
      scope.field("typed_config").problem(String.valueOf(e.getMessage()));
      return null;
    }
  }

  /// What a connection manager becomes.
  ///
  /// @param rds what the routes come as that come over RDS
  /// @param mustExist clusters that inline routes name and that have to be known
  /// @param extensions filters whose configuration comes by itself
  /// @param scopes of routes that a control plane keeps; null unless it has such
  record Result(
      HttpConnectionManagerConfig config,
      List<InitTarget> rds,
      Set<String> mustExist,
      List<ExtensionNeed> extensions,
      @Nullable ScopesUse scopes) {}

  /// @param previous the same connection manager one version earlier
  CompletionStage<Result> parse(
      HttpConnectionManager message, Scope scope, @Nullable HttpConnectionManagerConfig previous) {
    refuseWhatIsMissing(message, scope);
    var rds = rds(message, scope);
    var extensions = extensions(message, scope);
    var scopes =
        message.getScopedRoutes().hasScopedRds()
            ? ScopedRoutesParser.use(
                message.getScopedRoutes(), message.getStatPrefix(), scope.field("scoped_routes"))
            : null;
    var routes = scopes == null ? routes(message, rds, scope) : discovered(message, scopes, scope);
    var loggers = accessLogs.parse(message.getAccessLogList(), scope);
    var timeouts = HcmOptions.timeouts(message, scope);
    var http2 =
        Http2OptionsParser.parse(
            message.getHttp2ProtocolOptions(),
            message.getStreamErrorOnInvalidHttpMessage().getValue(),
            scope.field("http2_protocol_options"));
    var serverHeader = HcmOptions.serverHeader(message, scope);
    var requests = HcmOptions.requests(message, scope);
    var http1 = HcmOptions.http1(message, scope);
    var forwarding =
        ForwardingParser.parse(message, scope, identity).with(ClientCertOptions.parse(message));
    var localReplies =
        LocalReplyParser.parse(message.getLocalReplyConfig(), scope.field("local_reply_config"));
    var requestId = HcmOptions.requestId(message, scope);
    var logOptions = HcmOptions.logs(message, scope);
    var proxyStatus = HcmOptions.proxyStatus(message, identity);
    return chains(message, scope, previous)
        .thenCombine(
            loggers,
            (chains, logs) -> {
              scope.problems().addAll(logs.problems());
              return (Function<Routes, Result>)
                  source ->
                      new Result(
                          new HttpConnectionManagerConfig(
                              message.getStatPrefix(),
                              HcmOptions.codec(message),
                              source.source(),
                              chains,
                              timeouts,
                              HcmOptions.limits(message),
                              http1,
                              http2,
                              forwarding,
                              requestId,
                              requests,
                              HcmOptions.serverName(message),
                              serverHeader,
                              localReplies,
                              logs.good(),
                              logOptions,
                              proxyStatus),
                          rds,
                          source.mustExist(),
                          extensions,
                          scopes);
            })
        .thenCombine(
            routes,
            (result, read) -> {
              scope.problems().addAll(read.problems());
              return result.apply(read);
            });
  }

  private static List<ExtensionNeed> extensions(HttpConnectionManager message, Scope scope) {
    var all =
        new ArrayList<>(
            HttpFilterParser.needs(message.getHttpFiltersList(), scope, "http_filters"));
    for (var i = 0; i < message.getUpgradeConfigsCount(); i++) {
      var own = message.getUpgradeConfigs(i).getFiltersList();
      all.addAll(HttpFilterParser.needs(own, scope.item("upgrade_configs", i), "filters"));
    }
    return all;
  }

  /// Where the routes come from, and what is wrong with those that are there already.
  private record Routes(RouteSource source, List<ConfigProblem> problems, Set<String> mustExist) {}

  /// The chain of ordinary requests, and those of upgrades that have one of their own. All filters
  /// start at once.
  private CompletionStage<HttpFilterChains> chains(
      HttpConnectionManager message, Scope scope, @Nullable HttpConnectionManagerConfig previous) {
    var before = previous == null ? HttpFilterChains.NONE : previous.filters();
    var stage =
        filters
            .parse(message.getHttpFiltersList(), scope, "http_filters", before.usual())
            .thenApply(usual -> new HttpFilterChains(usual, Map.of()));
    for (var i = 0; i < message.getUpgradeConfigsCount(); i++) {
      var upgrade = message.getUpgradeConfigs(i);
      var type = upgrade.getUpgradeType().toLowerCase(Locale.ROOT);
      if (upgrade.getFiltersCount() > 0) {
        var own =
            filters.parse(
                upgrade.getFiltersList(),
                scope.item("upgrade_configs", i),
                "filters",
                before.upgrades().getOrDefault(type, List.of()));
        stage = stage.thenCombine(own, (chains, chain) -> chains.with(type, chain));
      }
    }
    return stage;
  }

  private static void refuseWhatIsMissing(HttpConnectionManager message, Scope scope) {
    scope.refuse(
        message.getCodecType() == HttpConnectionManager.CodecType.HTTP3
            || message.getCodecType() == HttpConnectionManager.CodecType.UNRECOGNIZED,
        "codec_type");
  }

  private CompletionStage<Routes> routes(
      HttpConnectionManager message, List<InitTarget> rds, Scope scope) {
    return switch (message.getRouteSpecifierCase()) {
      case ROUTE_CONFIG ->
          RouteParser.parse(message.getRouteConfig(), scope.field("route_config"), background)
              .thenApply(
                  read ->
                      new Routes(
                          new RouteSource.Inline(read.table()),
                          read.problems(),
                          RouteParser.mustExist(message.getRouteConfig(), read.table(), true)));
      case RDS -> {
        if (message.getRds().getRouteConfigName().isEmpty()) {
          scope.problem("rds.route_config_name", "is required");
        }
        yield later(rds.isEmpty() ? "" : rds.getFirst().key().handle());
      }
      case SCOPED_ROUTES ->
          ScopedRoutesParser.parse(
                  message.getScopedRoutes(), scope.field("scoped_routes"), background)
              .thenApply(read -> new Routes(read.source(), read.problems(), read.mustExist()));
      case ROUTESPECIFIER_NOT_SET -> {
        scope.problem("one of route_config, rds is required");
        yield later("");
      }
    };
  }

  private static CompletionStage<Routes> discovered(
      HttpConnectionManager message, ScopesUse use, Scope scope) {
    var source =
        ScopedRoutesParser.discovered(message.getScopedRoutes(), use, scope.field("scoped_routes"));
    return CompletableFuture.completedFuture(new Routes(source, List.of(), Set.of()));
  }

  private static CompletionStage<Routes> later(String name) {
    return CompletableFuture.completedFuture(
        new Routes(new RouteSource.Rds(name), List.of(), Set.of()));
  }

  private static List<InitTarget> rds(HttpConnectionManager message, Scope scope) {
    if (message.hasScopedRoutes()) {
      return ScopedRoutesParser.targets(message.getScopedRoutes(), scope.field("scoped_routes"));
    }
    return message.hasRds()
        ? List.of(
            ConfigSources.target(
                ResourceKind.ROUTES,
                message.getRds().getRouteConfigName(),
                false,
                message.getRds().getConfigSource(),
                scope.field("rds.config_source")))
        : List.of();
  }
}

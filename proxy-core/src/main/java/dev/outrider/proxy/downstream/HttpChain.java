package dev.outrider.proxy.downstream;

import dev.outrider.proxy.attributes.HeaderEdits;
import dev.outrider.proxy.config.CodecType;
import dev.outrider.proxy.config.FilterChain;
import dev.outrider.proxy.config.HttpConnectionManagerConfig;
import dev.outrider.proxy.config.RouteSource;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.Http1Limits;
import dev.outrider.proxy.http.Http1Syntax;
import dev.outrider.proxy.http2.Http2Stats;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.overload.LoadShedPoint;
import dev.outrider.proxy.overload.ScaledTimeout;
import dev.outrider.proxy.overload.TimeoutScaling;
import dev.outrider.proxy.pipeline.OwnAddress;
import dev.outrider.proxy.pipeline.RequestPipeline;
import dev.outrider.proxy.router.RouterScope;
import dev.outrider.proxy.router.RouterStats;
import dev.outrider.proxy.routing.RouteTable;
import dev.outrider.proxy.routing.ScopeKey;
import dev.outrider.proxy.stream.AccessLogger;
import dev.outrider.proxy.stream.ConnectionInfo;
import dev.outrider.proxy.tls.TlsInfo;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A chain that ends in an HTTP connection manager: what its connections and streams would
/// otherwise look up for every request.
final class HttpChain extends ServedChain {
  private final HttpConnectionManagerConfig http;
  private final StreamChain usual;
  private final Map<String, StreamChain> upgrades = new HashMap<>(0);
  private final List<AccessLogger> accessLogs = new ArrayList<>();
  private final StatCells httpCells;
  private final StatCells http1Cells;
  private final ChainCounts counts;
  private final RouterScope routerScope;
  private final RequestPipeline pipeline;
  private final LocalAnswers localAnswers;
  private final byte[] serverName;
  private final Http1Syntax syntax;
  private final Http2Service http2;
  private final @Nullable Function<HeaderMap, @Nullable RouteTable> scopes;

  HttpChain(ListenerScope scope, FilterChain chain, HttpConnectionManagerConfig http) {
    super(scope, chain);
    var context = scope.context();
    this.http = http;
    this.scopes = scopes(http.routes());
    var prefix = http.statPrefix();
    this.httpCells = lease(HttpStats.TEMPLATE, "http." + prefix);
    this.counts =
        new ChainCounts(
            httpCells,
            scope.cells(),
            lease(
                ListenerHttpStats.TEMPLATE,
                "listener." + scope.config().statPrefix() + ".http." + prefix),
            secured());
    this.routerScope = routerScope(lease(RouterStats.TEMPLATE, "http." + prefix));
    this.localAnswers = new LocalAnswers(http.localReplies(), context.heads());
    this.pipeline = new RequestPipeline(http, context.random());
    this.serverName = http.serverName().getBytes(StandardCharsets.UTF_8);
    this.syntax = syntax(http, secured() ? "https" : "http");
    this.http1Cells = lease(Http1Stats.TEMPLATE, "http1");
    this.http2 = new Http2Service(this, lease(Http2Stats.TEMPLATE, "http2"));
    this.usual = new StreamChain(context.filters(), http.filters().usual());
    http.filters()
        .upgrades()
        .forEach((type, own) -> upgrades.put(type, new StreamChain(context.filters(), own)));
    for (var logger : http.accessLogs()) {
      accessLogs.add(logger.onLoop(context.loop()));
    }
  }

  private RouterScope routerScope(StatCells cells) {
    var context = scope().context();
    return new RouterScope(
        context.upstreams(),
        cells,
        context.random(),
        bufferLimit(),
        new HeaderEdits(),
        OwnAddress.TEXT);
  }

  private static Http1Syntax syntax(HttpConnectionManagerConfig http, String scheme) {
    var bounds = http.limits();
    return new Http1Syntax(
        scheme,
        new Http1Limits(
            bounds.requestHeadBytes(),
            bounds.requestHeaders(),
            Http1Limits.REQUEST.chunkExtensionBytes()),
        http.http1(),
        http.requests().underscores());
  }

  @Override
  void connectionOpened() {
    counts.connectionOpened();
  }

  @Override
  void connectionClosed(boolean byPeer, long millis) {
    counts.connectionClosed(byPeer, false, millis);
  }

  /// How much silence counts as the end of a stream that begins now; 0 = none.
  long silenceMillis() {
    return context()
        .overload()
        .scaled(ScaledTimeout.HTTP_DOWNSTREAM_STREAM_IDLE, http.timeouts().streamIdleMillis());
  }

  /// How long half a head that begins now is waited for; 0 = for ever. Without a time of its own it
  /// is a silent stream, as in Envoy, where the stream begins with it.
  long headMillis() {
    var own = http.timeouts().requestHeadersMillis();
    return own > 0 ? own : silenceMillis();
  }

  /// How long a connection may rest that begins to now; 0 = for ever.
  long restMillis() {
    return context()
        .overload()
        .scaled(
            ScaledTimeout.HTTP_DOWNSTREAM_CONNECTION_IDLE, http.timeouts().connectionIdleMillis());
  }

  /// By how much a rest that has begun has to be moved.
  long restShift(TimeoutScaling before, TimeoutScaling after) {
    return before.shift(
        ScaledTimeout.HTTP_DOWNSTREAM_CONNECTION_IDLE,
        http.timeouts().connectionIdleMillis(),
        after);
  }

  /// Whether a connection whose first bytes have come is refused; counts it.
  boolean shedsConnection() {
    var shed = context().overload().sheds(LoadShedPoint.HCM_ONDATA_CREATING_CODEC);
    if (shed) {
      httpCells.inc(HttpStats.RQ_OVERLOAD_CLOSE);
    }
    return shed;
  }

  @Override
  void serve(Channel channel, ConnectionInfo info, long startNanos) {
    if (!networkFilters().isEmpty()) {
      channel.pipeline().addLast(NetworkConnection.beforeHttp(this, channel, info, startNanos));
    } else if (scope().logs()) {
      var about = scope().streamInfo(info, startNanos);
      about.filterChainName(name());
      channel.pipeline().addLast(new ConnectionLog(scope(), about));
    }
    channel
        .pipeline()
        .addLast(
            switch (codec(info.tls())) {
              case AUTO -> new CodecChoice(this, channel, info, startNanos);
              case HTTP1 -> new Http1DownstreamConnection(this, channel, info, startNanos);
              case HTTP2 -> new Http2DownstreamConnection(this, channel, info, startNanos);
            });
  }

  /// What ALPN has agreed on counts more than the first bytes.
  private CodecType codec(@Nullable TlsInfo tls) {
    if (http.codec() != CodecType.AUTO || tls == null || tls.alpn().isEmpty()) {
      return http.codec();
    }
    return tls.alpn().equals("h2") ? CodecType.HTTP2 : CodecType.HTTP1;
  }

  @Override
  void onClientDone(ChannelHandlerContext behind) {
    behind.close();
  }

  @Override
  long idleMillis() {
    return http.timeouts().connectionIdleMillis();
  }

  @Override
  void onRetired() {
    usual.retire();
    upgrades.values().forEach(StreamChain::retire);
  }

  @Override
  void onReleased() {
    usual.release();
    upgrades.values().forEach(StreamChain::release);
    accessLogs.forEach(AccessLogger::leave);
    accessLogs.clear();
  }

  /// The table for a stream that starts now; null if there is none, and if its head decides.
  @Nullable RouteTable routes() {
    return http.routes() instanceof RouteSource.Sole sole ? table(sole) : null;
  }

  /// Finds the table of a head where heads decide; null where they do not.
  @Nullable Function<HeaderMap, @Nullable RouteTable> scopes() {
    return scopes;
  }

  private @Nullable Function<HeaderMap, @Nullable RouteTable> scopes(RouteSource source) {
    if (source instanceof RouteSource.Scoped scoped) {
      return head -> table(scoped.find(head));
    }
    if (source instanceof RouteSource.Discovered(var key, var name)) {
      return head -> {
        var own = ScopeKey.of(key, head);
        var known = context().routes().scopes(name);
        return own == null || known == null ? null : table(known.find(own));
      };
    }
    return null; // one table
  }

  /// Asks for the table of a head's scope, if there is one that has none yet, or for its virtual
  /// host, if its table may get more of these.
  ///
  /// @param done told later, on the worker's loop: whether it is there
  /// @return has `done` not be told any more; null if there is nothing to ask for
  @Nullable Runnable askForRoutes(HeaderMap head, Consumer<Boolean> done) {
    if (http.routes() instanceof RouteSource.Discovered(var key, var name)) {
      var own = ScopeKey.of(key, head);
      var known = context().routes().scopes(name);
      var scope = own == null || known == null ? null : known.find(own);
      if (own != null && scope != null && table(scope) == null) {
        return context().routes().demand(name, own, done);
      }
      return askForHost(scope, head, done);
    }
    return switch (http.routes()) {
      case RouteSource.Sole sole -> askForHost(sole, head, done);
      case RouteSource.Scoped scoped -> askForHost(scoped.find(head), head, done);
      case RouteSource.Discovered _ -> null;
    };
  }

  private @Nullable Runnable askForHost(
      RouteSource.@Nullable Sole source, HeaderMap head, Consumer<Boolean> done) {
    var host = head.get(HeaderNames.AUTHORITY);
    if (host == null || !(source instanceof RouteSource.Rds(var name))) {
      return null;
    }
    var table = context().routes().find(name);
    return table != null && table.asksForHosts()
        ? context().routes().demandHost(name, host.toLowerCase(Locale.ROOT), done)
        : null;
  }

  private @Nullable RouteTable table(RouteSource.@Nullable Sole source) {
    return switch (source) {
      case null -> null;
      case RouteSource.Inline inline -> inline.table();
      case RouteSource.Rds rds -> context().routes().find(rds.name());
    };
  }

  HttpConnectionManagerConfig http() {
    return http;
  }

  /// What ordinary requests pass.
  StreamChain filters() {
    return usual;
  }

  /// What a request passes that asks for such an upgrade, or CONNECT.
  StreamChain filters(@Nullable String upgrade) {
    var own = upgrade == null ? null : upgrades.get(upgrade);
    return own == null ? usual : own;
  }

  /// Whether the response that begins now is to be the last of its connection, because something
  /// drains or the process is overloaded; counts it. To be asked once for each response.
  boolean endsConnection() {
    if (context().overload().sheds(LoadShedPoint.HTTP2_SERVER_GO_AWAY_ON_DISPATCH)) {
      return true;
    }
    var overloaded = context().overload().endsKeepAlive();
    if (overloaded) {
      httpCells.inc(HttpStats.CX_OVERLOAD_DISABLE_KEEPALIVE);
    } else if (!drainCloses()) {
      return false;
    }
    httpCells.inc(HttpStats.CX_DRAIN_CLOSE);
    return true;
  }

  List<AccessLogger> accessLogs() {
    return accessLogs;
  }

  StatCells httpCells() {
    return httpCells;
  }

  ChainCounts counts() {
    return counts;
  }

  RouterScope routerScope() {
    return routerScope;
  }

  LocalAnswers localAnswers() {
    return localAnswers;
  }

  RequestPipeline pipeline() {
    return pipeline;
  }

  /// Value of the `server` header. Lent.
  byte[] serverName() {
    return serverName;
  }

  Http2Service http2() {
    return http2;
  }

  /// What requests of HTTP/1 may look like.
  Http1Syntax syntax() {
    return syntax;
  }

  /// Cells of [Http1Stats].
  StatCells http1Cells() {
    return http1Cells;
  }
}

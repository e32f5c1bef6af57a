package dev.outrider.proxy.stream;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.Metadata;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.runtime.RuntimeSnapshot;
import org.jspecify.annotations.Nullable;

/// All that is known about one exchange, from its first byte until the access log has run.
///
/// Owned by the stream's loop; recycled: [#reset] makes it new. Empty strings and nulls mean "not
/// known".
public final class StreamInfo {
  private final StreamTimes times = new StreamTimes();
  private final StreamSizes sizes = new StreamSizes();
  private final UpstreamInfo upstream = new UpstreamInfo();
  private final ResponseFlags flags = new ResponseFlags();
  private final FilterState filterState = new FilterState();

  private ConnectionInfo connection = ConnectionInfo.NONE;
  private RuntimeSnapshot runtime = RuntimeSnapshot.EMPTY;
  private @Nullable HostPort remote;
  private @Nullable Protocol protocol;
  private @Nullable HeaderMap requestHead;
  private @Nullable HeaderMap requestTrailers;
  private @Nullable HeaderMap responseHead;
  private @Nullable HeaderMap responseTrailers;
  private boolean healthCheck;
  private int responseCode;
  private String details = "";
  private String connectionTermination = "";
  private String localCloseReason = "";
  private String downstreamTransportFailure = "";
  private byte @Nullable [] localReplyBody;
  private String routeName = "";
  private String virtualHostName = "";
  private String virtualClusterName = "";
  private String clusterName = "";
  private String clusterStatName = "";
  private Metadata virtualHostMetadata = Metadata.NONE;
  private Metadata routeMetadata = Metadata.NONE;
  private Metadata clusterMetadata = Metadata.NONE;
  private String filterChainName = "";
  private AccessLogType logType = AccessLogType.NOT_SET;
  private @Nullable String overrideHost;
  private boolean overrideHostStrict;
  private long streamId;

  /// Makes it new for an exchange on `newConnection`.
  public void reset(ConnectionInfo newConnection, long newStreamId) {
    connection = newConnection;
    streamId = newStreamId;
    filterState.clear();
    runtime = RuntimeSnapshot.EMPTY;
    remote = null;
    again();
  }

  /// The same request begins anew: what filters keep for it stays, and where it came from.
  public void again() {
    times.reset();
    sizes.reset();
    upstream.reset();
    flags.clear();
    protocol = null;
    requestHead = null;
    requestTrailers = null;
    responseHead = null;
    responseTrailers = null;
    healthCheck = false;
    responseCode = 0;
    details = "";
    connectionTermination = "";
    localCloseReason = "";
    downstreamTransportFailure = "";
    localReplyBody = null;
    routeName = "";
    virtualHostName = "";
    virtualClusterName = "";
    clusterName = "";
    clusterStatName = "";
    virtualHostMetadata = Metadata.NONE;
    routeMetadata = Metadata.NONE;
    clusterMetadata = Metadata.NONE;
    filterChainName = "";
    logType = AccessLogType.NOT_SET;
    overrideHost = null;
    overrideHostStrict = false;
  }

  public StreamTimes times() {
    return times;
  }

  public StreamSizes sizes() {
    return sizes;
  }

  public UpstreamInfo upstream() {
    return upstream;
  }

  public ResponseFlags flags() {
    return flags;
  }

  /// Values of this exchange; those of its connection are in [ConnectionInfo#state].
  public FilterState filterState() {
    return filterState;
  }

  /// Keeps a value where its life span says: with this exchange or with the connection. False, and
  /// nothing changed, if a read-only one has its name.
  public boolean keep(FilterState.Entry entry) {
    return switch (entry.shape().span()) {
      case FILTER_CHAIN, REQUEST -> filterState.set(entry);
      case CONNECTION -> connection.state().set(entry);
    };
  }

  /// The value of that name, this exchange's before its connection's; null if there is none.
  public FilterState.@Nullable Entry kept(byte[] prefix, byte[] name, int offset, int length) {
    var own = filterState.get(prefix, name, offset, length);
    return own != null ? own : connection.state().get(prefix, name, offset, length);
  }

  public ConnectionInfo connection() {
    return connection;
  }

  /// What the runtime said when it began.
  public RuntimeSnapshot runtime() {
    return runtime;
  }

  public void runtime(RuntimeSnapshot current) {
    runtime = current;
  }

  /// Unique in the process; what DEBUG lines begin with.
  public long streamId() {
    return streamId;
  }

  /// The client, as far as it is believed: the peer of the socket, or what x-forwarded-for says.
  public HostPort remote() {
    return remote != null ? remote : connection.remote();
  }

  public void remote(HostPort client) {
    remote = client;
  }

  /// Null until the first line was read.
  public @Nullable Protocol protocol() {
    return protocol;
  }

  public void protocol(Protocol version) {
    protocol = version;
  }

  /// Borrowed until the access log has run; so are the other heads.
  public @Nullable HeaderMap requestHead() {
    return requestHead;
  }

  public void requestHead(@Nullable HeaderMap head) {
    requestHead = head;
  }

  public @Nullable HeaderMap requestTrailers() {
    return requestTrailers;
  }

  public void requestTrailers(@Nullable HeaderMap trailers) {
    requestTrailers = trailers;
  }

  public @Nullable HeaderMap responseHead() {
    return responseHead;
  }

  public void responseHead(@Nullable HeaderMap head) {
    responseHead = head;
  }

  public @Nullable HeaderMap responseTrailers() {
    return responseTrailers;
  }

  public void responseTrailers(@Nullable HeaderMap trailers) {
    responseTrailers = trailers;
  }

  /// Whether a filter has recognised the request as a health check: it does not count.
  public boolean healthCheck() {
    return healthCheck;
  }

  public void healthCheck(boolean recognised) {
    healthCheck = recognised;
  }

  /// 0 until there is one, and for ever if the client left first.
  public int responseCode() {
    return responseCode;
  }

  public void responseCode(int code) {
    responseCode = code;
  }

  /// Who made the response, and why: `via_upstream`, `route_not_found` ...
  public String details() {
    return details;
  }

  public void details(String text) {
    details = text;
  }

  public String connectionTermination() {
    return connectionTermination;
  }

  public void connectionTermination(String text) {
    connectionTermination = text;
  }

  /// Why the proxy closed the client's connection; empty if it did not.
  public String localCloseReason() {
    return localCloseReason;
  }

  public void localCloseReason(String text) {
    localCloseReason = text;
  }

  /// Why the client's connection could not be secured, in Envoy's words; empty if that was not it.
  public String downstreamTransportFailure() {
    return downstreamTransportFailure;
  }

  public void downstreamTransportFailed(String reason) {
    downstreamTransportFailure = reason;
  }

  /// The body of a local reply, only while its final form is made. Lent: nobody writes to it.
  public byte @Nullable [] localReplyBody() {
    return localReplyBody;
  }

  public void localReplyBody(byte @Nullable [] body) {
    localReplyBody = body;
  }

  public String routeName() {
    return routeName;
  }

  public String virtualHostName() {
    return virtualHostName;
  }

  /// The route was chosen; again, if a filter cleared it.
  public void routed(String newVirtualHost, String newRoute) {
    virtualHostName = newVirtualHost;
    routeName = newRoute;
  }

  public Metadata virtualHostMetadata() {
    return virtualHostMetadata;
  }

  public Metadata routeMetadata() {
    return routeMetadata;
  }

  /// What the configuration says about the route and its virtual host.
  public void routeMetadata(Metadata newVirtualHost, Metadata newRoute) {
    virtualHostMetadata = newVirtualHost;
    routeMetadata = newRoute;
  }

  public String virtualClusterName() {
    return virtualClusterName;
  }

  public void virtualClusterName(String name) {
    virtualClusterName = name;
  }

  public String clusterName() {
    return clusterName;
  }

  /// The cluster's name in statistics, which `%UPSTREAM_CLUSTER%` shows.
  public String clusterStatName() {
    return clusterStatName;
  }

  public void cluster(String name, String statName) {
    cluster(name, statName, Metadata.NONE);
  }

  public void cluster(String name, String statName, Metadata metadata) {
    clusterName = name;
    clusterStatName = statName;
    clusterMetadata = metadata;
  }

  public Metadata clusterMetadata() {
    return clusterMetadata;
  }

  /// The address, as [HostPort#text] writes it, of the host that this exchange is to go to if that
  /// may be used; null = whichever the cluster chooses.
  public @Nullable String overrideHost() {
    return overrideHost;
  }

  /// Whether nobody else may be chosen.
  public boolean overrideHostStrict() {
    return overrideHostStrict;
  }

  public void overrideHost(String address, boolean strict) {
    overrideHost = address;
    overrideHostStrict = strict;
  }

  /// Why the access logs are being written.
  public AccessLogType logType() {
    return logType;
  }

  public void logType(AccessLogType type) {
    logType = type;
  }

  public String filterChainName() {
    return filterChainName;
  }

  public void filterChainName(String name) {
    filterChainName = name;
  }
}

package dev.outrider.proxy.tls;

import dev.outrider.proxy.metrics.StatTemplate;

/// What is counted where contexts rotate: `listener.<address>.server_ssl_socket_factory.*`,
/// `cluster.<name>.client_ssl_socket_factory.*`.
public final class SocketFactoryStats {
  private static final StatTemplate.Definition STATS = StatTemplate.define();

  public static final int SSL_CONTEXT_UPDATE_BY_SDS = STATS.counter("ssl_context_update_by_sds");

  /// Connections of clients that were ended because a secret had not come.
  public static final int DOWNSTREAM_CONTEXT_SECRETS_NOT_READY =
      STATS.counter("downstream_context_secrets_not_ready");

  /// Connections to services that were ended because a secret had not come.
  public static final int UPSTREAM_CONTEXT_SECRETS_NOT_READY =
      STATS.counter("upstream_context_secrets_not_ready");

  public static final StatTemplate TEMPLATE = STATS.template();

  private SocketFactoryStats() {}
}

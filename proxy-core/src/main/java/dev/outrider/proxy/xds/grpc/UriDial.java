package dev.outrider.proxy.xds.grpc;

import dev.outrider.proxy.config.GrpcAddress.Keepalive;
import dev.outrider.proxy.config.GrpcAddress.OfUri;
import dev.outrider.proxy.config.GrpcAddress.Security;
import dev.outrider.proxy.tls.LibraryIdentity;
import dev.outrider.proxy.tls.TlsCertificate;
import dev.outrider.proxy.tls.TlsConfigException;
import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContext;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// Reaches an address in gRPC's own spelling (Envoy `google_grpc`), whose names gRPC resolves, each
/// of their addresses tried in turn; of several numeric addresses the first, and after each failure
/// the next one. The name in the address, or the authority in its place, is the one that a
/// certificate has to bear. Main loop only.
public final class UriDial implements Dial {
  private static final int CONNECT_MILLIS = 20_000; // as gRPC's C core
  private static final int SCHEME_LENGTH = "ipv4:".length();

  private final OfUri target;
  private @Nullable SslContext credentials; // made with the first channel

  public UriDial(OfUri target) {
    this.target = target;
  }

  /// Secrets of the configuration stay as they are.
  @Override
  public @Nullable Object edition() {
    return null;
  }

  @Override
  public Dialled open(int failures, ConnectionTap tap) {
    try {
      return new Dialled.Line(channel(failures, tap));
    } catch (IllegalArgumentException e) {
      return none("'%s' is not a target of gRPC: %s", e);
    } catch (SSLException | TlsConfigException e) {
      return none("the credentials for '%s' cannot be used: %s", e);
    }
  }

  private Dialled none(String text, Exception why) {
    return new Dialled.None(text.formatted(target.uri(), why.getMessage()));
  }

  private ManagedChannel channel(int failures, ConnectionTap tap) throws SSLException {
    var builder = Sockets.builder(address(failures), CONNECT_MILLIS, tap);
    var security = target.security();
    if (security == null) {
      builder.usePlaintext();
    } else {
      builder.sslContext(credentials(security));
    }
    if (!target.authority().isEmpty()) {
      builder.overrideAuthority(target.authority());
    }
    keepAlive(builder, target.keepalive());
    return builder.build();
  }

  private String address(int failures) {
    var uri = target.uri();
    if (!uri.startsWith("ipv4:") && !uri.startsWith("ipv6:")) {
      return uri;
    }
    var addresses = uri.substring(SCHEME_LENGTH).split(",", -1);
    return uri.substring(0, SCHEME_LENGTH) + addresses[Math.floorMod(failures, addresses.length)];
  }

  /// The same for every channel: reading keys and whom the system trusts takes its time.
  SslContext credentials(Security security) throws SSLException {
    var known = credentials;
    if (known == null) {
      known = context(security);
      credentials = known;
    }
    return known;
  }

  private static void keepAlive(NettyChannelBuilder builder, @Nullable Keepalive keepalive) {
    if (keepalive != null) {
      builder
          .keepAliveTime(keepalive.timeMillis(), TimeUnit.MILLISECONDS)
          .keepAliveTimeout(keepalive.timeoutMillis(), TimeUnit.MILLISECONDS)
          .keepAliveWithoutCalls(keepalive.idle());
    }
  }

  private static SslContext context(Security security) throws SSLException {
    var key = security.key();
    var chain = security.chain();
    var identity =
        LibraryIdentity.of(
            key == null || chain == null ? null : new TlsCertificate(chain, key, null),
            security.roots());
    var context = GrpcSslContexts.forClient();
    if (identity.trusted() != null) {
      context.trustManager(identity.trusted());
    }
    if (identity.key() != null) {
      context.keyManager(identity.key(), identity.chain());
    }
    return context.build();
  }
}

package dev.outrider.proxy.xds.resource;

import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.tls.TlsConfigException;
import dev.outrider.proxy.tls.TlsEnd;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.resource.Resource.InitTarget;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import java.util.List;
import java.util.Map;

/// One end of connections whose contexts are made of secrets, and made again when one of these
/// changes. A listener or a cluster keeps it over that.
public final class TlsAssembly {

  /// Makes contexts and has new connections use them. In the background.
  public interface Making {
    /// Makes them of these.
    ///
    /// @param known the secrets that are needed; if one is missing, no context is made and only the
    ///   rest is judged
    /// @throws TlsConfigException if they make no context
    void make(Map<ResourceKey, Secret> known, Scope scope);
  }

  private final TlsEnd end;
  private final List<InitTarget> needs;
  private final Making making;
  private final Scope scope;
  private final String statPrefix;
  private Map<ResourceKey, Secret> madeOf = Map.of();

  /// @param statPrefix of [dev.outrider.proxy.tls.SocketFactoryStats]
  public TlsAssembly(
      TlsEnd end, List<InitTarget> needs, Making making, Scope scope, String statPrefix) {
    this.end = end;
    this.needs = List.copyOf(needs);
    this.making = making;
    this.scope = scope;
    this.statPrefix = statPrefix;
  }

  public List<InitTarget> needs() {
    return needs;
  }

  public String statPrefix() {
    return statPrefix;
  }

  /// Whether the contexts that serve are made of these.
  public boolean isMadeOf(Map<ResourceKey, Secret> known) {
    return madeOf.equals(known);
  }

  /// Takes the contexts away: what they are made of was refused, and there is nothing before it.
  public void unmake() {
    end.clear();
    madeOf = Map.of();
  }

  /// In the background, one after the other. Problems if it could not be done: what served goes on
  /// to serve.
  public List<ConfigProblem> make(Map<ResourceKey, Secret> known) {
    var alone = scope.alone();
    try {
      making.make(known, alone);
    } catch (TlsConfigException e) {
      alone.problem(String.valueOf(e.getMessage()));
    }
    if (alone.problems().isEmpty() && end.ready()) {
      madeOf = Map.copyOf(known);
    }
    return alone.problems();
  }
}

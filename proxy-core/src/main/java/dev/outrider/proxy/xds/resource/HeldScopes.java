package dev.outrider.proxy.xds.resource;

import dev.outrider.proxy.xds.resource.Resource.ScopeResource;
import java.util.List;

/// All scopes of routes that come from one place, for `/config_dump`.
///
/// @param name of the scopes in the connection manager that uses them
/// @param version of what last changed any of them
/// @param scopes by name, in order
/// @param epochMicros when anything was last heard of them
public record HeldScopes(
    String name, String version, List<Held<ScopeResource>> scopes, long epochMicros) {
  public HeldScopes {
    scopes = List.copyOf(scopes);
  }
}

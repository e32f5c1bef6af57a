package dev.outrider.proxywasm.host;

import java.util.Set;

/// Which functions of the ABI a VM has: those it may call (`proxy_log`, of WASI by the bare name,
/// `fd_write`) and those of its own that are called (`proxy_on_request_headers`). Envoy
/// `CapabilityRestrictionConfig`.
///
/// A host function that is denied still links; a call says so in the log and answers
/// INTERNAL_FAILURE (WASI: 76, "not capable"). A callback that is denied counts as not exported.
/// What a module cannot start without is never denied: the allocator, `_initialize`, `main`,
/// `_start`, and every import that is neither the ABI's nor WASI's.
///
/// @param restricted false grants everything, whatever `allowed` says
/// @param allowed exact names
public record Capabilities(boolean restricted, Set<String> allowed) {
  /// Everything.
  public static final Capabilities ALL = new Capabilities(false, Set.of());

  public Capabilities {
    allowed = Set.copyOf(allowed);
  }

  /// As Envoy reads `allowed_capabilities`: none named is everything.
  public static Capabilities orAll(Set<String> allowed) {
    return allowed.isEmpty() ? ALL : new Capabilities(true, allowed);
  }

  /// Deny by default: exactly these, and none named is nothing.
  public static Capabilities only(Set<String> allowed) {
    return new Capabilities(true, allowed);
  }

  /// Whether the function of that name may be used.
  public boolean allows(String function) {
    return !restricted || allowed.contains(function);
  }
}

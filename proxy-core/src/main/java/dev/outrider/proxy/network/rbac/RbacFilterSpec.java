package dev.outrider.proxy.network.rbac;

import dev.outrider.proxy.rbac.Rbac;
import org.jspecify.annotations.Nullable;

/// Whose connections may pass (Envoy `filters.network.rbac.v3.RBAC`).
///
/// @param statPrefix owner of `<statPrefix>.rbac.*`
/// @param shadowPrefix stands before the names of what shadow rules count
/// @param rules null = everybody may
/// @param shadowRules are only counted; null = none
/// @param continuous looked at with everything that comes, not only with the first
/// @param delayMillis how long a connection that is refused is kept; 0 = not at all
record RbacFilterSpec(
    String statPrefix,
    String shadowPrefix,
    @Nullable Rbac rules,
    @Nullable Rbac shadowRules,
    boolean continuous,
    long delayMillis) {}

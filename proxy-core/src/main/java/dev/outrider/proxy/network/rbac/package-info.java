/// `envoy.filters.network.rbac`: whose connections may pass, looked at when the client has sent its
/// first bytes, or with everything that it sends.
///
/// Depends on `rbac` (the rules), `filter.network` (the contract), `extension`, `metrics` and the
/// generated message; everything but the provider runs on the loop of the connection. Read
/// [RbacFilter][dev.outrider.proxy.network.rbac.RbacFilter] first.
@NullMarked
package dev.outrider.proxy.network.rbac;

import org.jspecify.annotations.NullMarked;

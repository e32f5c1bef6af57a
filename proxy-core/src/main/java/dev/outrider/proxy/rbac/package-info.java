/// Role-based access control as Envoy describes it: rules about who asks and what is wanted, the
/// same for connections and for requests.
///
/// Depends on `routing` (matchers), `stream`, `tls`, `extension` and the generated messages, which
/// only [RbacReader][dev.outrider.proxy.rbac.RbacReader] knows. Everything else is immutable and
/// used on every loop. Read first: [Rbac][dev.outrider.proxy.rbac.Rbac].
@NullMarked
package dev.outrider.proxy.rbac;

import org.jspecify.annotations.NullMarked;

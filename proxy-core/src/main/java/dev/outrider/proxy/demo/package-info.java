/// The demo: two services, a control plane and a proxy with three filters in one process, and a
/// tour that drives them over real sockets and checks what comes back.
///
/// Blocks where it likes: it runs on threads of its own, beside the proxy. Depends on `server`,
/// `controlplane`, `extension`. Read [dev.outrider.proxy.demo.Demo] first, then
/// [dev.outrider.proxy.demo.Tour].
@NullMarked
package dev.outrider.proxy.demo;

import org.jspecify.annotations.NullMarked;

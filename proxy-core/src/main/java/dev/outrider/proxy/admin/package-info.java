/// The admin interface: Envoy's endpoints and formats, over HTTP on loopback.
///
/// An endpoint is a pure function from [dev.outrider.proxy.admin.AdminRequest] to
/// [dev.outrider.proxy.admin.AdminResponse]; what it shows comes from
/// [dev.outrider.proxy.admin.ServerView], which the composition root implements. Runs on the main
/// loop. HTTP is spoken by Netty's own codec: this is not the request path.
///
/// Read [dev.outrider.proxy.admin.AdminPages] first.
@NullMarked
package dev.outrider.proxy.admin;

import org.jspecify.annotations.NullMarked;

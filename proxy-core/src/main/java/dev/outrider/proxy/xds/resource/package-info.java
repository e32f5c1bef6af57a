/// What a resource is, whoever brings it: its kind and key, its accepted version, the delivery it
/// came in, what it waits for, and the subscriptions that ask for it.
///
/// May use `core`, `tls`, `health`, `config` and lower floors. Main loop. Read
/// [dev.outrider.proxy.xds.resource.Resource] first.
@NullMarked
package dev.outrider.proxy.xds.resource;

import org.jspecify.annotations.NullMarked;

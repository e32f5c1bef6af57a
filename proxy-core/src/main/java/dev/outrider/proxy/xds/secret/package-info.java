/// Secrets and what is made of them: where they come from, and the TLS contexts of listeners and
/// clusters that are made again when one of them changes.
///
/// May use `stream`, `file`, `resource`, `core`, `tls` and lower floors. Main loop; contexts are
/// made in the background. Read [dev.outrider.proxy.xds.secret.Secrets] first.
@NullMarked
package dev.outrider.proxy.xds.secret;

import org.jspecify.annotations.NullMarked;

/// Reads the layers of the runtime: from the bootstrap, from resources of the control plane, and
/// from folders, which are read in the background. Main loop otherwise. Read
/// [dev.outrider.proxy.xds.runtime.RuntimeLayersParser] first.
@NullMarked
package dev.outrider.proxy.xds.runtime;

import org.jspecify.annotations.NullMarked;

/// Resources from files: a folder that is watched, a file in it that was moved into place, and what
/// stands in it.
///
/// May use `resource`, `core` and lower floors. Files are read in the background, the rest runs on
/// the main loop. Read [dev.outrider.proxy.xds.file.FileDiscovery] first.
@NullMarked
package dev.outrider.proxy.xds.file;

import org.jspecify.annotations.NullMarked;

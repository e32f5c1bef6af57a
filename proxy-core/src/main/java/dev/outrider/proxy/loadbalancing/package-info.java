/// Which endpoint of a cluster a request goes to.
///
/// Depends on `cluster`. A picker belongs to one loop and is rebuilt when the endpoints change; it
/// never waits and never allocates. Read first: [dev.outrider.proxy.loadbalancing.HostPicker].
@NullMarked
package dev.outrider.proxy.loadbalancing;

import org.jspecify.annotations.NullMarked;

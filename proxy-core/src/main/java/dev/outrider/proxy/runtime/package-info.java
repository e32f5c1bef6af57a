/// Values that change how the proxy behaves while it runs, by key (Envoy's runtime): layers, of
/// which the last that has a key decides, and the snapshot that is made of them.
///
/// May use `loop`, `metrics` and the JDK. [dev.outrider.proxy.runtime.LayeredRuntime] belongs to
/// the main loop; it publishes immutable snapshots, of which each loop keeps the last in a
/// [dev.outrider.proxy.runtime.RuntimeReader] of its own and each stream the one that it began
/// with. Read [dev.outrider.proxy.runtime.RuntimeSnapshot] first.
@NullMarked
package dev.outrider.proxy.runtime;

import org.jspecify.annotations.NullMarked;

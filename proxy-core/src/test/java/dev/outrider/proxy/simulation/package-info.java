/// One worker and the main loop on in-memory channels and paused time, driven by a seeded
/// scheduler; and bugs planted into the proxy, to see that it finds them. Uses every package of the
/// data plane, on the thread of the test. Read
/// [Simulation][dev.outrider.proxy.simulation.Simulation] first.
@NullMarked
package dev.outrider.proxy.simulation;

import org.jspecify.annotations.NullMarked;

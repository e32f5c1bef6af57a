/// One worker on in-memory channels and paused time, driven by a seeded scheduler. Read
/// [Simulation][dev.outrider.proxy.simulation.Simulation] first.
@NullMarked
package dev.outrider.proxy.simulation;

import org.jspecify.annotations.NullMarked;

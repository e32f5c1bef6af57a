/// Which hosts of a cluster are fit: they are asked again and again (active checks, Envoy
/// `core.v3.HealthCheck`), and their results are watched (`outlier`).
///
/// Everything is decided on the main loop, with connections of its own; workers see it as a new
/// endpoint set. Depends on `outlier`, `upstream`, `attributes`, `routing`, `http`, `cluster`,
/// `metrics` and `loop`. Read [Fitness][dev.outrider.proxy.health.Fitness] first, then
/// [CheckSession][dev.outrider.proxy.health.CheckSession], the state of one host; what a check asks
/// is in [probe][dev.outrider.proxy.health.probe.UpstreamProbes].
@NullMarked
package dev.outrider.proxy.health;

import org.jspecify.annotations.NullMarked;

/// `envoy.filters.http.health_check`: answers whether this proxy should get traffic, and tells
/// those in front of it when it should not.
///
/// Depends on `filter` (the contract), `routing` (header matchers), `upstream` (how many endpoints
/// of a cluster are fit), `extension` and the generated message; everything but the provider runs
/// on the worker's loop. Read
/// [HealthCheckFilter][dev.outrider.proxy.filters.healthcheck.HealthCheckFilter] first.
@NullMarked
package dev.outrider.proxy.filters.healthcheck;

import org.jspecify.annotations.NullMarked;

/// Counters, gauges and histograms under Envoy's names, cheap to count and honest to read.
///
/// Three prices. *Hot* statistics of an owner (a cluster, a listener) live in a `long[]` block per
/// loop, made at the first traffic there and written by that loop alone. *Cold* ones are one shared
/// atomic, made at the first increment. Everything nobody touched costs nothing: its zero is
/// rendered from the owner's template. Names are (prefix, template) and become strings only when
/// somebody reads.
///
/// Depends on nothing. Counting: the loop named by the block, or any thread for cold values.
/// Reading: any thread. Read first: [dev.outrider.proxy.metrics.MetricRegistry], then
/// [dev.outrider.proxy.metrics.StatTemplate].
@NullMarked
package dev.outrider.proxy.metrics;

import org.jspecify.annotations.NullMarked;

package dev.outrider.proxy.router;

import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.upstream.Upstreams;

/// What the routers of one filter chain share on one loop.
///
/// @param cells of [RouterStats]
public record RouterScope(Upstreams upstreams, StatCells cells) {}

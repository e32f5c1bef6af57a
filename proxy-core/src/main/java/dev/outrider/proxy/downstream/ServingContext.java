package dev.outrider.proxy.downstream;

import dev.outrider.proxy.config.ListenerFilter;
import dev.outrider.proxy.filter.WorkerFilterFactory;
import dev.outrider.proxy.filter.WorkerFilters;
import dev.outrider.proxy.filter.network.WorkerNetworkFilterFactory;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HttpDate;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.overload.OverloadReader;
import dev.outrider.proxy.runtime.RuntimeReader;
import dev.outrider.proxy.upstream.Upstreams;
import java.util.Map;
import java.util.random.RandomGenerator;

/// What one worker lends to the chains it serves. Everything but `registry` and `connections`
/// belongs to the worker's loop.
///
/// @param listenerFilters that have come by themselves, by handle; changes as they come
public record ServingContext(
    Loop loop,
    HeadStores heads,
    HttpDate date,
    Upstreams upstreams,
    WorkerFilters<WorkerFilterFactory> filters,
    WorkerFilters<WorkerNetworkFilterFactory> networkFilters,
    Map<String, ListenerFilter> listenerFilters,
    RouteTables routes,
    RandomGenerator random,
    RuntimeReader runtime,
    MetricRegistry registry,
    ServerDrain drain,
    ConnectionBudget connections,
    OverloadReader overload) {}

package dev.outrider.proxy.xds.resource;

import dev.outrider.proxy.extension.text.ConfigReader;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.MetricRegistry;
import java.util.concurrent.Executor;

/// What is needed to take in resources that come from files, from services or over ADS.
///
/// @param loop the main loop
/// @param background for what may block: reading files, making contexts
/// @param reader of the files that resources come from
public record IntakeSpec(
    Loop loop,
    Executor background,
    MetricRegistry metrics,
    ConfigReader reader,
    MessageCheck check) {}

/// What an HTTP connection manager does to a request before its filters see it, a class per step in
/// Envoy's order: path, host, addresses and control headers, request id. Read
/// [RequestPipeline][dev.outrider.proxy.pipeline.RequestPipeline] first.
///
/// Depends on `config`, `stream`, `cluster`, `http`. No Netty channels, no timers, no connections:
/// a step sees a head and what is known about the stream. Objects belong to one worker's chain.
@NullMarked
package dev.outrider.proxy.pipeline;

import org.jspecify.annotations.NullMarked;

/// The side towards clients: listening sockets, the server side of HTTP, and
/// [HttpStream][dev.outrider.proxy.downstream.HttpStream] (read it first), which ties one exchange
/// together. A chain with network filters has a
/// [NetworkConnection][dev.outrider.proxy.downstream.NetworkConnection] in front of HTTP, or in its
/// place; a chain that is only a connection manager has none, and pays nothing.
///
/// Depends on `router`, `pipeline`, `filter`, `config`, `routing`, `upstream`, `stream`, `http`,
/// `metrics`, `loop` and Netty's channels. Everything belongs to one worker. A connection keeps the
/// [ServedChain][dev.outrider.proxy.downstream.ServedChain] it was accepted with; a stream keeps
/// the route table it started with.
@NullMarked
package dev.outrider.proxy.downstream;

import org.jspecify.annotations.NullMarked;

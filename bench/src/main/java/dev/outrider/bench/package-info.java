/// What a request costs, measured through the classes that serve it.
///
/// [Budget][dev.outrider.bench.Budget] counts what is deterministic (bytes allocated, guest
/// crossings) and compares with `bench/budget.tsv`; the `*Benchmark` classes are for JMH
/// (`bench/micro`) and report time, which no build may depend on;
/// [Guests][dev.outrider.bench.Guests] (`bench/guests`) prints what guests cost and what they may
/// do to others. The `*Rig` classes are one stage of a request each, ready to be run over and over;
/// each belongs to the thread that made it.
///
/// Depends on `proxy-core` and on the library's test kit; nothing depends on it. Read
/// [FilterRig][dev.outrider.bench.FilterRig] first.
@NullMarked
package dev.outrider.bench;

import org.jspecify.annotations.NullMarked;

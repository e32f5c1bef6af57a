/// Expressions (CEL) over the attributes of a stream, as Envoy sets them up: for access logs,
/// formats and guests.
///
/// May use `attributes`, `stream` and what is below, and the CEL library, which nothing loads
/// before the first expression. Compiled where configuration is read, evaluated on the loop of the
/// stream. Read [CelExpression][dev.outrider.proxy.expression.CelExpression] first.
@NullMarked
package dev.outrider.proxy.expression;

import org.jspecify.annotations.NullMarked;

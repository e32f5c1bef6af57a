/// One test class for each example filter: the real module in the abi test kit. Read
/// [dev.outrider.filters.HeadersFilterTest] first, the smallest.
@NullMarked
package dev.outrider.filters;

import org.jspecify.annotations.NullMarked;

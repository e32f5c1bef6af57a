package dev.outrider.proxy.http.hpack;

/// What one head may hold.
///
/// @param fields number of fields, pseudo-headers and cookie crumbs included
/// @param bytes sum of the lengths of all names and values, decoded
/// @param fieldBytes length of one name, and of one value, as they are sent
public record FieldLimits(int fields, int bytes, int fieldBytes) {}

/// Which endpoint of a cluster a request goes to.
///
/// [dev.outrider.proxy.loadbalancing.PriorityPicker] chooses a priority by its share of the load, a
/// `Level` of it a locality where that matters, a [dev.outrider.proxy.loadbalancing.ListPicker] one
/// of the endpoints that are left; [dev.outrider.proxy.loadbalancing.HashPicker] looks the request
/// up in a table of `hashing`.
///
/// Depends on `cluster` and `http`. A picker belongs to one loop and is rebuilt when endpoints or
/// their health change; it never waits, and allocates nothing on the usual way. Tables are made
/// once for all loops. Read first: [dev.outrider.proxy.loadbalancing.HostPicker], then
/// [dev.outrider.proxy.loadbalancing.HostPickers].
@NullMarked
package dev.outrider.proxy.loadbalancing;

import org.jspecify.annotations.NullMarked;

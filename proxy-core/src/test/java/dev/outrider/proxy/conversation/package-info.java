/// What a proxy says to its control plane: one script, played to a real Envoy and to Outrider, over
/// state of the world and over delta. Requests are compared turn by turn, in their order; Envoy is
/// the contract.
///
/// Depends on the gRPC method descriptors of `xds.stream`, on the names of kinds and on the
/// configuration reader; the proxies are processes. Threads: a test's own, which may block. Read
/// [ScriptedPlane][dev.outrider.proxy.conversation.ScriptedPlane] first.
///
/// # A script
///
/// One file `src/test/resources/conversations/<name>.yaml`:
///
/// ```yaml
/// about: what it is about
/// node_on_every_message: true       # set_node_on_first_message_only: false (not so)
/// bootstrap: |                      # lines for the end of the bootstrap (none)
///   layered_runtime: ...
/// steps:
/// - name: start
///   put: [ { "@type": ..., name: ... } ]   # resources from now on
///   remove: [ CLUSTER/a ]                  # resources no longer
///   again: true                            # every stream is ended first
///   until: [ CLUSTER, ROUTES ]             # kinds that must have answered in this step
///   hears: [ SECRET ]                      # kinds of which something must have been heard
/// ```
///
/// What remains different is `<name>.differs.yaml`: for each protocol the turns, each with both
/// values and why. One that is not there fails, one that is gone as well.
@NullMarked
package dev.outrider.proxy.conversation;

import org.jspecify.annotations.NullMarked;

/// Brings configuration in. The rooms, each above those it stands on:
///
/// | room | what is done there |
/// |---|---|
/// | `xds` | [Configuration] ties all together; the bootstrap; which type a resource has |
/// | `admission` | when a resource counts, and the change that becomes of it |
/// | `listener`, `accesslog`, `cluster`, `route` | parsers from Envoy's messages to our records |
/// | `secret` | secrets, and the contexts made of them |
/// | `runtime` | the layers of the runtime, from the bootstrap, folders and a control plane |
/// | `stream`, `file` | where resources come from: a control plane, files |
/// | `resource` | what a resource is, whoever brings it |
/// | `core` | what all parsers stand on |
///
/// May use `config`, `extension` and lower floors, and protobuf. Everything runs on the main loop;
/// what gRPC or a compiling provider finishes elsewhere comes back as a task on it.
///
/// The way of a resource: [dev.outrider.proxy.xds.stream.AdsClient] takes a response off the
/// stream, [ResourceIntake] finds its type and parses every resource in it,
/// [dev.outrider.proxy.xds.admission.Admission] keeps one state per resource and publishes what
/// became active as one [dev.outrider.proxy.config.ConfigChange], and the verdict goes back as ACK
/// or NACK. Read [Configuration] first.
@NullMarked
package dev.outrider.proxy.xds;

import org.jspecify.annotations.NullMarked;

/// Turns the names of a cluster's endpoints into addresses, again and again.
///
/// Depends on `cluster`, `loop`, `metrics` and Netty's resolver. Everything runs on the main loop;
/// what the system's own resolver does in the background comes back as a task. Read first:
/// [NameDiscovery][dev.outrider.proxy.dns.NameDiscovery], which decides when to ask and what an
/// answer means; [DnsCache][dev.outrider.proxy.dns.DnsCache] does the same for names that requests
/// bring, which its clusters and filters share; [NameResolver][dev.outrider.proxy.dns.NameResolver]
/// is who answers.
@NullMarked
package dev.outrider.proxy.dns;

import org.jspecify.annotations.NullMarked;

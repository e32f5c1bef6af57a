/// When a resource counts: one state for each, what it waits for, and the change that becomes of
/// it.
///
/// May use `secret`, `cluster`, `resource`, `config` and lower floors. Main loop. Read
/// [dev.outrider.proxy.xds.admission.Admission] first.
@NullMarked
package dev.outrider.proxy.xds.admission;

import org.jspecify.annotations.NullMarked;

/// The check that a leaked Netty buffer fails the build, and the test that proves it. Runs in every
/// test class of this module. Read [dev.outrider.proxy.leaks.LeakCheck] first.
@NullMarked
package dev.outrider.proxy.leaks;

import org.jspecify.annotations.NullMarked;

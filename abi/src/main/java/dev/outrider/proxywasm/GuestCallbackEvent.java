package dev.outrider.proxywasm;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// A callback of a guest in a flight recording. Off unless a recording enables it: `jcmd PID
/// JFR.start +dev.outrider.GuestCallback#enabled=true`.
@Name("dev.outrider.GuestCallback")
@Label("Guest Callback")
@Description("One call of a Wasm guest by its host")
@Category({"Outrider", "Wasm"})
@Enabled(false)
@StackTrace(false)
final class GuestCallbackEvent extends Event {
  @Label("Plugin")
  String plugin = "";

  @Label("Callback")
  String callback = "";

  @Label("Calls between guest and host")
  long hostCalls;

  @Label("Failed")
  boolean failed;
}

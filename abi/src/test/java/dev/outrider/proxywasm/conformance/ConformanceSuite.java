package dev.outrider.proxywasm.conformance;

import java.util.ArrayList;
import java.util.List;

/// All scripts.
public final class ConformanceSuite {
  private ConformanceSuite() {}

  /// Every script, in the order of the ABI reference.
  public static List<Script> scripts() {
    var scripts = new ArrayList<Script>();
    scripts.addAll(HostCallScripts.all());
    scripts.addAll(RuleScripts.all());
    scripts.addAll(WasiScripts.all());
    scripts.addAll(CallbackScripts.all());
    scripts.addAll(GrpcScripts.all());
    scripts.addAll(ConnectionScripts.all());
    return List.copyOf(scripts);
  }
}

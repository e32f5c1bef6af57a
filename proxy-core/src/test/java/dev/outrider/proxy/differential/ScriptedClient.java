package dev.outrider.proxy.differential;

import dev.outrider.proxy.differential.Case.Fate;
import java.io.Closeable;
import java.io.IOException;

/// One connection of a case's client, in one of the versions.
interface ScriptedClient extends Closeable {
  void step(Step step) throws IOException;

  /// Finds out what became of the connection.
  void fate(Fate how);

  /// Final responses of which a head arrived.
  int answers();
}

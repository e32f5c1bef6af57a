package dev.outrider.proxy.admin;

import java.util.concurrent.CompletionStage;

/// What the JVM can tell of itself. Nothing blocks: stages complete on the main loop.
public interface Profiler {
  /// What a recording is about.
  enum Subject {
    CPU,
    HEAP
  }

  /// Starts a recording; one that runs already goes on. Completes with why it cannot be, empty if
  /// it runs.
  CompletionStage<String> start(Subject subject);

  /// Ends a recording and writes it to the file that the bootstrap names. Completes with why it
  /// cannot be written, empty if it was or if nothing runs.
  CompletionStage<String> stop(Subject subject);

  /// Writes the live objects to a file that nobody else sees. The caller gets it; fails with the
  /// reason, one of which is that another dump is being written.
  CompletionStage<OpenFile> heapDump();

  /// Memory at this moment.
  Memory memory();

  /// Bytes.
  ///
  /// @param allocated heap in use
  /// @param committed heap taken from the system
  /// @param physical of the whole process in RAM
  record Memory(long allocated, long committed, long physical) {}
}

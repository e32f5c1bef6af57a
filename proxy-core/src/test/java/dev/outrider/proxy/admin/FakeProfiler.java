package dev.outrider.proxy.admin;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Writes down what is asked of it.
final class FakeProfiler implements Profiler {
  final List<String> asked = new ArrayList<>();
  String failure = "";
  CompletableFuture<OpenFile> dump = new CompletableFuture<>();

  @Override
  public CompletionStage<String> start(Subject subject) {
    asked.add("start " + subject);
    return CompletableFuture.completedFuture(failure);
  }

  @Override
  public CompletionStage<String> stop(Subject subject) {
    asked.add("stop " + subject);
    return CompletableFuture.completedFuture(failure);
  }

  @Override
  public CompletionStage<OpenFile> heapDump() {
    return dump;
  }

  @Override
  public Memory memory() {
    return new Memory(100, 150, 400);
  }
}

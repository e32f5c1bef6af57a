package dev.outrider.proxy.admin;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What Envoy says of its own process: memory, profilers, locks. Recordings are those of the JVM's
/// flight recorder, and heap dumps are its own.
record ProcessPages(Profiler profiler) {
  private static final Logger LOG = LoggerFactory.getLogger("admin");

  List<AdminEndpoint> endpoints() {
    return List.of(
        AdminEndpoint.reading(
            "/contention",
            "dump current Envoy mutex contention stats (if enabled)",
            _ ->
                AdminResponse.text(
                    "Mutex contention tracing is not enabled. To enable, run Envoy with flag"
                        + " --enable-mutex-tracing.")),
        profiler("/cpuprofiler", "CPU profiler", "enables the CPU profiler", Profiler.Subject.CPU),
        // stops the process meanwhile, and gives away what its memory holds: not for any link
        AdminEndpoint.mutatingLater(
            "/heap_dump", "dump current Envoy heap (if supported)", _ -> heapDump()),
        profiler(
            "/heapprofiler",
            "heap profiler",
            "enable/disable the heap profiler",
            Profiler.Subject.HEAP),
        AdminEndpoint.reading(
            "/hot_restart_version",
            "print the hot restart compatibility version",
            _ -> AdminResponse.text("disabled")),
        AdminEndpoint.reading("/memory", "print current allocation/heap usage", _ -> memory()));
  }

  private AdminEndpoint profiler(
      String path, String what, String parameter, Profiler.Subject subject) {
    return AdminEndpoint.mutatingLater(
            path, "enable/disable the " + what, request -> profile(request, subject))
        .with(AdminParameter.oneOf("enable", parameter, "y", "n"));
  }

  private CompletionStage<AdminResponse> profile(AdminRequest request, Profiler.Subject subject) {
    return switch (String.valueOf(request.first("enable"))) {
      case "y" ->
          profiler
              .start(subject)
              .thenApply(failure -> outcome(failure, "failure to start the profiler"));
      case "n" ->
          profiler
              .stop(subject)
              .thenApply(failure -> outcome(failure, "failure to write the profile"));
      default -> CompletableFuture.completedFuture(AdminResponse.text(400, "?enable=<y|n>\n"));
    };
  }

  private static AdminResponse outcome(String failure, String sentence) {
    return failure.isEmpty()
        ? AdminResponse.text("OK\n")
        : AdminResponse.text(500, sentence + ": " + failure + "\n");
  }

  private CompletionStage<AdminResponse> heapDump() {
    return profiler
        .heapDump()
        .handle(
            (file, failure) -> {
              if (failure != null) {
                LOG.warn("no heap dump", failure);
                return AdminResponse.text(500, "no heap dump: " + failure.getMessage() + "\n");
              }
              return AdminResponse.file(file);
            });
  }

  /// Envoy `admin.v3.Memory`. Heap takes the place of its allocator's pages; what the JVM has no
  /// word for is 0.
  private AdminResponse memory() {
    var now = profiler.memory();
    var json = new JsonText();
    json.beginObject();
    field("allocated", now.allocated(), json);
    field("heap_size", now.committed(), json);
    field("pageheap_unmapped", 0, json);
    field("pageheap_free", Math.max(0, now.committed() - now.allocated()), json);
    field("total_thread_cache", 0, json);
    field("total_physical_bytes", now.physical(), json);
    return AdminResponse.json(json.endObject().toString());
  }

  /// A 64-bit number is a text in proto3's JSON.
  private static void field(String name, long value, JsonText json) {
    json.name(name).value(Long.toString(value));
  }
}

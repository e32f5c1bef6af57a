package dev.outrider.proxywasm.conformance;

import dev.outrider.proxywasm.testkit.Wat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/// WASI preview 1 and what language run times import beside it, from one table (ABI reference 1.4).
final class WasiScripts {
  private static final Set<String> FOR_THE_ALLOCATOR =
      Set.of("fd_write", "clock_time_get", "poll_oneoff");

  // function | kind | calls, or @100 (report the u32 there), or $100,9 (say that range) | lines
  private static final String TABLE =
      """
      fd_write | OK | 1 200 1 100; @100; 2 200 1 100; 1 0 0 100 | out 0 4 0 0
      fd_write | UNKNOWN_ENUM | 0 200 1 100; 3 200 1 100 | 8 8
      fd_write | BAD_POINTER | 1 -8 1 100; 1 208 1 100 | 21 21
      fd_write | BAD_SIZE | 1 200 0x7fffffff 100 | 21
      fd_pwrite | OK | 1 200 1 7 100; @100 | out 0 4
      fd_pwrite | UNKNOWN_ENUM | 3 200 1 0 100 | 8
      fd_pwrite | BAD_POINTER | 1 -8 1 0 100 | 21
      clock_time_get | OK | 0 0 104; 1 0 104 | 0 0
      clock_time_get | UNKNOWN_ENUM | 2 0 104; 99 0 104 | 58 58
      clock_time_get | BAD_POINTER | 0 0 -8; 1 0 131065 | 21 21
      clock_res_get | OK | 0 104; @104; 1 104 | 0 1 0
      clock_res_get | UNKNOWN_ENUM | 2 104 | 58
      clock_res_get | BAD_POINTER | 0 -8 | 21
      random_get | OK | 400 16; 400 0 | 0 0
      random_get | BAD_SIZE | 400 65537 | 28
      random_get | BAD_POINTER | 131071 2; -8 2 | 21 21
      environ_sizes_get | OK | 100 104; @100; @104 | 0 1 10
      environ_sizes_get | BAD_POINTER | -8 104; 100 -8 | 21 21
      environ_get | OK | 400 420; $420,9 | 0 KEY=value
      environ_get | BAD_POINTER | -8 420; 400 131071 | 21 21
      args_sizes_get | OK | 100 104; @100; @104 | 0 0 0
      args_sizes_get | BAD_POINTER | -8 104; 100 -8 | 21 21
      args_get | OK | 100 104 | 0
      sched_yield | OK | | 0
      poll_oneoff | OK | 400 400 1 100; @100 | 0 0
      poll_oneoff | BAD_POINTER | 400 400 1 -8 | 21
      fd_fdstat_get | OK | 1 400; @408; 2 400 | 0 64 0
      fd_fdstat_get | UNKNOWN_ENUM | 0 400; 3 400 | 8 8
      fd_fdstat_get | BAD_POINTER | 1 -8 | 21
      fd_fdstat_set_flags | OK | 1 0 | 52
      fd_fdstat_set_rights | OK | 1 0 0; 2 0 0 | 0 0
      fd_fdstat_set_rights | UNKNOWN_ENUM | 3 0 0 | 8
      fd_filestat_set_size | OK | 1 0 | 0
      fd_filestat_set_size | UNKNOWN_ENUM | 3 0 | 8
      fd_filestat_set_times | OK | 1 0 0 0 | 0
      fd_filestat_set_times | UNKNOWN_ENUM | 3 0 0 0 | 8
      fd_allocate | OK | 1 0 0 | 0
      fd_allocate | UNKNOWN_ENUM | 3 0 0 | 8
      fd_sync | OK | 1 | 0
      fd_sync | UNKNOWN_ENUM | 3 | 8
      fd_datasync | OK | 2 | 0
      fd_datasync | UNKNOWN_ENUM | 0 | 8
      fd_tell | OK | 1 104 | 0
      fd_tell | UNKNOWN_ENUM | 3 104 | 8
      fd_tell | BAD_POINTER | 1 -8 | 21
      fd_renumber | OK | 1 2 | 58
      fd_renumber | UNKNOWN_ENUM | 1 3; 3 1 | 8 8
      fd_advise | OK | 1 0 0 0 | 0
      fd_seek | OK | 1 0 0 104 | 0
      fd_close | OK | 1 | 0
      fd_read | OK | 0 200 1 100 | 52
      fd_pread | OK | 0 200 1 0 100 | 52
      fd_prestat_get | OK | 3 100 | 8
      fd_prestat_dir_name | OK | 3 100 9 | 52
      fd_filestat_get | OK | 1 400 | 8
      fd_readdir | OK | 3 400 9 0 104; @104 | 20 0
      fd_readdir | BAD_POINTER | 3 400 9 0 -8 | 21
      path_open | OK | 3 0 400 1 0 0 0 0 104 | 44
      path_filestat_get | OK | 3 0 400 1 104 | 58
      path_filestat_set_times | OK | 3 0 400 1 0 0 0 | 58
      path_create_directory | OK | 3 400 1 | 58
      path_readlink | OK | 3 400 1 500 1 104 | 58
      path_remove_directory | OK | 3 400 1 | 58
      path_rename | OK | 3 400 1 3 500 1 | 58
      path_unlink_file | OK | 3 400 1 | 58
      sock_accept | OK | 3 0 100 | 58
      sock_recv | OK | 3 200 1 0 100 104 | 58
      sock_send | OK | 3 200 1 0 100 | 58
      sock_shutdown | OK | 3 0 | 58
      pthread_equal | OK | 3 3; 3 4 | 1 0
      """;

  // Offered here, and not by Envoy: a module that imports one does not load there.
  private static final String MORE =
      """
      proc_raise | OK | 6 | 52
      path_link | OK | 3 0 400 1 3 500 1 | 58
      path_symlink | OK | 400 1 3 500 1 | 58
      """;

  private record Row(String function, Kind kind, List<String> calls, List<String> lines) {
    static Row parse(String line) {
      var cells = Arrays.stream(line.split("\\|", -1)).map(String::strip).toList();
      return new Row(
          cells.get(0),
          Kind.valueOf(cells.get(1)),
          List.of(cells.get(2).split("; *")),
          List.of(cells.get(3).split(" ")));
    }

    String code() {
      var code = new StringBuilder();
      for (var call : calls) {
        code.append(
            switch (call.isEmpty() ? ' ' : call.charAt(0)) {
              case '@' -> Wat.reportAt(Integer.parseInt(call.substring(1)));
              case '$' ->
                  "(call $say (i32.const %s) (i32.const %s))"
                      .formatted((Object[]) call.substring(1).split(","));
              default -> Wat.report(function, arguments(call));
            });
      }
      return code.toString();
    }

    /// The first call alone.
    String call() {
      return Wat.call(function, arguments(calls.getFirst()));
    }

    private static long[] arguments(String call) {
      return call.isEmpty()
          ? new long[0]
          : Arrays.stream(call.split(" ")).mapToLong(Long::decode).toArray();
    }

    Check check() {
      return Differences.in(new Check(function, kind, String.join("; ", calls), lines));
    }
  }

  private WasiScripts() {}

  static List<Script> all() {
    var rows = TABLE.lines().map(Row::parse).toList();
    var scripts = new ArrayList<Script>();
    scripts.add(together("WASI", rows, "0.2.1", "wasi_snapshot_preview1").script());
    scripts.add(together("WASI", rows, "0.2.0", "wasi_snapshot_preview1").script());
    scripts.add(together("WASI", rows, "0.1.0", "wasi_unstable").script());
    scripts.add(
        together("more WASI", MORE.lines().map(Row::parse).toList(), "0.2.1", "wasi_unstable")
            .notOnEnvoy("the module does not load there: no such import, or another type")
            .script());
    rows.stream()
        .filter(row -> row.kind == Kind.OK && !row.function.equals("pthread_equal"))
        .forEach(row -> scripts.add(inTheAllocator(row)));
    scripts.add(exit());
    scripts.add(abort());
    scripts.add(memoryGrowth());
    return scripts;
  }

  private static ScriptWriter together(String name, List<Row> rows, String version, String module) {
    var script = new ScriptWriter(name + " " + version, version);
    script.guest().wasi(module);
    vectors(script);
    rows.forEach(row -> script.check(Place.REQUEST_HEADERS, row.check(), row.code()));
    return script;
  }

  /// At 200 one that holds `out` and a line end, at 208 one outside of memory.
  private static void vectors(ScriptWriter script) {
    var text = script.text("out\n").split(" (?=\\()", 2);
    script.code(
        Place.REQUEST_HEADERS,
        """
        (i32.store (i32.const 200) %s) (i32.store (i32.const 204) %s)
        (i32.store (i32.const 208) (i32.const 131071)) (i32.store (i32.const 212) (i32.const 2))
        """
            .formatted(text[0], text[1]));
  }

  private static Script inTheAllocator(Row row) {
    var script = new ScriptWriter(row.function + " in the allocator", "0.2.1");
    vectors(script);
    boolean allowed = FOR_THE_ALLOCATOR.contains(row.function);
    var lines = new ArrayList<String>();
    if (allowed) {
      lines.addAll(row.function.equals("fd_write") ? List.of("out", "0") : List.of("0"));
    }
    var check =
        Differences.in(new Check(row.function, Kind.WRONG_PHASE, "called by the allocator", lines));
    return HostCallScripts.callingInTheAllocator(script, check, row.call(), allowed);
  }

  private static Script exit() {
    var check = Differences.in(new Check("proc_exit", Kind.OK, "ends the guest's VM", List.of()));
    return new ScriptWriter("proc_exit", "0.2.1")
        .check(
            Place.REQUEST_HEADERS, check, Wat.call("proc_exit", 3) + "(call $report (i32.const 1))")
        .status(503, 200)
        .script();
  }

  private static Script abort() {
    return new ScriptWriter("abort", "0.2.1")
        .check(
            Place.REQUEST_HEADERS,
            new Check("abort", Kind.OK, "ends the guest's VM", List.of()),
            Wat.call("abort", 0, 0, 1, 2) + "(call $report (i32.const 1))")
        .notOnEnvoy("the module does not load there: no such import")
        .status(503)
        .script();
  }

  private static Script memoryGrowth() {
    return new ScriptWriter("emscripten_notify_memory_growth", "0.2.1")
        .check(
            Place.REQUEST_HEADERS,
            new Check("emscripten_notify_memory_growth", Kind.OK, "does nothing", List.of("1")),
            Wat.call("emscripten_notify_memory_growth", 0) + "(call $report (i32.const 1))")
        .script();
  }
}

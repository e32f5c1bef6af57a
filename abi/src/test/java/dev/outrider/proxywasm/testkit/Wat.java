package dev.outrider.proxywasm.testkit;

import com.dylibso.chicory.wabt.Wat2Wasm;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// Guests of a few lines, in text format. Memory, marker, a bump allocator and all imports that the
/// bodies name come by themselves; so do three ways to say something in the log (at INFO):
///
/// - `(call $report N)` a number, usually a status
/// - `(call $say PTR LEN)` a range of memory
/// - `(call $show PTR_AT SIZE_AT)` the block that a host function returned
///
/// Data may stand from 1,000 to 65,535; 100 to 999 is scratch for results.
public final class Wat {
  private static final Pattern CALL =
      Pattern.compile(
          "\\$((?:proxy|fd|path|sock|clock|random|"
              + "environ|args|proc|sched|poll|pthread|emscripten)_\\w+|abort)");

  // The ABI's own statement of its types, kept apart from the host's table on purpose.
  private static final Map<String, String> SIGNATURES = signatures();

  private final Map<String, String> functions = new LinkedHashMap<>();
  private final Map<Integer, String> data = new TreeMap<>();
  private final StringBuilder extra = new StringBuilder();
  private final StringBuilder ownImports = new StringBuilder();
  private String marker = "proxy_abi_version_0_2_1";
  private String wasi = "wasi_snapshot_preview1";
  private String allocator =
      """
      (func $malloc (export "malloc") (param $n i32) (result i32) (local $p i32)
        (local.set $p (global.get $heap))
        (global.set $heap (i32.add (global.get $heap) (local.get $n)))
        (local.get $p))
      """;

  private Wat() {}

  /// A guest that does nothing yet.
  public static Wat guest() {
    return new Wat();
  }

  /// Exports another marker.
  public Wat abi(String version) {
    marker = "proxy_abi_version_" + version.replace('.', '_');
    return this;
  }

  /// Takes WASI from another module name.
  public Wat wasi(String module) {
    wasi = module;
    return this;
  }

  /// A call of a host function with constant arguments; leaves its result on the stack.
  public static String call(String function, long... args) {
    var params = SIGNATURES.getOrDefault(function, "");
    var text = new StringBuilder("(call $" + function);
    for (int i = 0; i < args.length; i++) {
      text.append(params.charAt(i) == 'I' ? " (i64.const " : " (i32.const ")
          .append(args[i])
          .append(')');
    }
    return text.append(')').toString();
  }

  /// Every function that a guest can import by its plain name, in alphabetical order.
  public static Set<String> hostFunctions() {
    return new TreeSet<>(SIGNATURES.keySet());
  }

  /// How many parameters one of [#hostFunctions] has.
  public static int parameters(String function) {
    var signature = Objects.requireNonNull(SIGNATURES.get(function), function);
    return signature.indexOf(':');
  }

  /// Whether that parameter is an i64.
  public static boolean isLong(String function, int parameter) {
    return Objects.requireNonNull(SIGNATURES.get(function), function).charAt(parameter) == 'I';
  }

  /// As [#call], with the result reported.
  public static String report(String function, long... args) {
    return "(call $report " + call(function, args) + ")\n";
  }

  /// Shows the block that a host function returned.
  public static String show(int ptrAt, int sizeAt) {
    return "(call $show (i32.const %d) (i32.const %d))\n".formatted(ptrAt, sizeAt);
  }

  /// Reports the number at an address.
  public static String reportAt(int address) {
    return "(call $report (i32.load (i32.const %d)))\n".formatted(address);
  }

  /// Puts text into memory.
  public Wat data(int at, String text) {
    data.put(at, text);
    return this;
  }

  /// Exports a function: `on("proxy_on_tick", "i:", "(call $report (i32.const 1))")`. Parameters
  /// are `(local.get 0)` and on. A callback with a result must leave it.
  public Wat on(String export, String signature, String body) {
    functions.put(export, function(export, signature, body));
    return this;
  }

  /// `proxy_on_request_headers`, answering CONTINUE.
  public Wat onRequestHeaders(String body) {
    return on("proxy_on_request_headers", "iii:i", body + " (i32.const 0)");
  }

  /// `proxy_on_response_headers`, answering CONTINUE.
  public Wat onResponseHeaders(String body) {
    return on("proxy_on_response_headers", "iii:i", body + " (i32.const 0)");
  }

  /// `proxy_on_request_body`, answering CONTINUE.
  public Wat onRequestBody(String body) {
    return on("proxy_on_request_body", "iii:i", body + " (i32.const 0)");
  }

  /// `proxy_on_configure`, answering true.
  public Wat onConfigure(String body) {
    return on("proxy_on_configure", "ii:i", body + " (i32.const 1)");
  }

  /// Another allocator, or none at all.
  public Wat allocator(String text) {
    allocator = text;
    return this;
  }

  /// Imports of one's own; they must stand before everything else.
  public Wat imports(String text) {
    ownImports.append(text).append('\n');
    return this;
  }

  /// Any other module field: a global or a helper function.
  public Wat with(String field) {
    extra.append(field).append('\n');
    return this;
  }

  /// The module.
  public byte[] wasm() {
    return Wat2Wasm.parse(text());
  }

  private String text() {
    var bodies = String.join("\n", functions.values()) + extra + allocator;
    var imports = new LinkedHashMap<String, String>();
    imports.put("proxy_log", importOf("proxy_log"));
    CALL.matcher(bodies)
        .results()
        .map(found -> found.group(1))
        .filter(name -> SIGNATURES.containsKey(name))
        .forEach(name -> imports.put(name, importOf(name)));
    var segments = new StringBuilder();
    data.forEach(
        (at, text) ->
            segments.append("(data (i32.const %d) \"%s\")\n".formatted(at, escaped(text))));
    return """
    (module
    %s
    (memory (export "memory") 2)
    (global $heap (mut i32) (i32.const 65536))
    (func (export "%s"))
    (func $say (param $p i32) (param $n i32)
      (drop (call $proxy_log (i32.const 2) (local.get $p) (local.get $n))))
    (func $show (param $ptrAt i32) (param $sizeAt i32)
      (call $say (i32.load (local.get $ptrAt)) (i32.load (local.get $sizeAt))))
    (func $report (param $n i32) (local $p i32)
      (local.set $p (i32.const 60))
      (loop $next
        (local.set $p (i32.sub (local.get $p) (i32.const 1)))
        (i32.store8 (local.get $p)
          (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10))))
        (local.set $n (i32.div_u (local.get $n) (i32.const 10)))
        (br_if $next (local.get $n)))
      (call $say (local.get $p) (i32.sub (i32.const 60) (local.get $p))))
    %s
    )
    """
        .formatted(ownImports + String.join("\n", imports.values()), marker, bodies + segments);
  }

  private String importOf(String name) {
    var module = name.startsWith("proxy_") || !isWasi(name) ? "env" : wasi;
    return "(import \"%s\" \"%s\" (func $%s %s))"
        .formatted(module, name, name, types(SIGNATURES.getOrDefault(name, "")));
  }

  private static boolean isWasi(String name) {
    return !name.startsWith("pthread_") && !name.startsWith("emscripten_") && !name.equals("abort");
  }

  private static String function(String export, String signature, String body) {
    return "(func (export \"%s\") %s %s)".formatted(export, types(signature), body);
  }

  private static String types(String signature) {
    int colon = signature.indexOf(':');
    return list("param", signature.substring(0, colon))
        + list("result", signature.substring(colon + 1));
  }

  private static String list(String word, String letters) {
    var text = new StringBuilder();
    letters.chars().forEach(c -> text.append(c == 'I' ? " i64" : " i32"));
    return letters.isEmpty() ? "" : "(" + word + text + ")";
  }

  private static String escaped(String text) {
    var out = new StringBuilder();
    for (byte b : text.getBytes(java.nio.charset.StandardCharsets.UTF_8)) {
      out.append("\\%02x".formatted(b));
    }
    return out.toString();
  }

  private static Map<String, String> signatures() {
    var map = new LinkedHashMap<String, String>();
    """
    proxy_log iii proxy_get_log_level i proxy_get_current_time_nanoseconds i
    proxy_set_tick_period_milliseconds i proxy_get_configuration ii proxy_get_status iii
    proxy_get_property iiii proxy_set_property iiii proxy_get_buffer_bytes iiiii
    proxy_get_buffer_status iii proxy_set_buffer_bytes iiiii proxy_get_header_map_size ii
    proxy_get_header_map_pairs iii proxy_set_header_map_pairs iii
    proxy_get_header_map_value iiiii proxy_add_header_map_value iiiii
    proxy_replace_header_map_value iiiii proxy_remove_header_map_value iii
    proxy_continue_stream i proxy_close_stream i proxy_continue_request - proxy_continue_response -
    proxy_clear_route_cache - proxy_send_local_response iiiiiiii proxy_http_call iiiiiiiiii
    proxy_grpc_call iiiiiiiiiiii proxy_grpc_stream iiiiiiiii proxy_grpc_send iiii
    proxy_grpc_cancel i proxy_grpc_close i proxy_get_shared_data iiiii
    proxy_set_shared_data iiiii proxy_register_shared_queue iii proxy_resolve_shared_queue iiiii
    proxy_enqueue_shared_queue iii proxy_dequeue_shared_queue iii proxy_define_metric iiii
    proxy_increment_metric iI proxy_record_metric iI proxy_get_metric ii
    proxy_set_effective_context i proxy_done - proxy_call_foreign_function iiiiii
    pthread_equal ii fd_write iiii fd_pwrite iiiIi clock_time_get iIi clock_res_get ii
    random_get ii environ_sizes_get ii environ_get ii args_sizes_get ii args_get ii
    sched_yield - proc_raise i poll_oneoff iiii fd_fdstat_get ii fd_fdstat_set_flags ii
    fd_fdstat_set_rights iII fd_filestat_set_size iI fd_filestat_set_times iIIi fd_allocate iII
    fd_sync i fd_datasync i fd_tell ii fd_renumber ii fd_advise iIIi fd_seek iIii fd_close i
    fd_read iiii fd_pread iiiIi fd_prestat_get ii fd_prestat_dir_name iii fd_filestat_get ii
    fd_readdir iiiIi path_open iiiiiIIii path_filestat_get iiiii
    path_filestat_set_times iiiiIIi path_create_directory iii path_link iiiiiii
    path_readlink iiiiii path_remove_directory iii path_rename iiiiii path_symlink iiiii
    path_unlink_file iii sock_accept iii sock_recv iiiiii sock_send iiiii sock_shutdown ii
    """
        .strip()
        .replaceAll("\\s+", " ")
        .replaceAll("(\\w+) ([iI]+|-)", "$1=$2")
        .lines()
        .flatMap(line -> java.util.Arrays.stream(line.split(" ")))
        .map(entry -> entry.split("="))
        .forEach(pair -> map.put(pair[0], (pair[1].equals("-") ? "" : pair[1]) + ":i"));
    map.put("emscripten_notify_memory_growth", "i:");
    map.put("abort", "iiii:");
    map.put("proc_exit", "i:");
    return map;
  }
}

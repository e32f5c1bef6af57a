package dev.outrider.proxywasm.conformance;

import dev.outrider.proxywasm.testkit.Wat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// What each host function answers beside the good call and the spoilt ones: the numbers that it
/// gives out, what is missing, what is written twice, which end of a range is cut off.
final class RuleScripts {
  private static final String NEWEST = "0.2.1";

  // function | rule | ABI version | place | calls, each reported | lines
  // A call is a name with operands as in HostCallRow; "!" in front: not reported; ">100 104": the
  // block that is pointed
  // to there; "=100": the u32 there. "end" behind a place: in the callback that ends the message.
  private static final String TABLE =
      """
      log                      | the highest level and one more | 0.2.1 | REQUEST_HEADERS | log 5 'x'; log 6 'x' | 0 2
      get_property             | no path: nothing to write | 0.2.1 | REQUEST_HEADERS | get_property '' 100 104 | 3
      get_property             | what is missing | 0.2.1 | REQUEST_HEADERS | get_property 'nothing' 100 104 | 1
      set_property             | read back by its name | 0.2.1 | REQUEST_HEADERS | set_property 'own' 'value'; get_property 'own' 100 104; >100 104 | 0 0 value
      get_buffer_bytes         | to the end, from the middle to the end, from behind it | 0.2.1 | REQUEST_BODY | get_buffer_bytes 0 0 -1 100 104; >100 104; get_buffer_bytes 0 3 -1 100 104; >100 104; get_buffer_bytes 0 9 1 100 104; >100 104 | 0 hello 0 lo 0 -
      get_buffer_bytes         | the VM's configuration always, the plugin's not | 0.2.1 | REQUEST_HEADERS | get_buffer_bytes 6 0 99 100 104; >100 104; get_buffer_bytes 7 0 99 100 104 | 0 vmconf 1
      set_buffer_bytes         | before, behind, and instead of a part at the begin | 0.2.1 | REQUEST_BODY | set_buffer_bytes 0 0 0 'a'; set_buffer_bytes 0 99 0 'b'; set_buffer_bytes 0 0 3 'c'; get_buffer_bytes 0 0 99 100 104; >100 104 | 0 0 0 0 cllob
      set_buffer_bytes         | a configuration is never written | 0.2.1 | REQUEST_HEADERS | set_buffer_bytes 6 0 0 'x'; set_buffer_bytes 7 0 0 'x' | 2 2
      get_header_map_value     | names in lower case, the first of several values | 0.2.1 | REQUEST_HEADERS | add_header_map_value 0 'X-Two' 'a'; add_header_map_value 0 'x-two' 'b'; get_header_map_value 0 'X-TWO' 100 104; >100 104 | 0 0 0 a
      get_header_map_value     | a missing one is not found | 0.2.0 | REQUEST_HEADERS | get_header_map_value 0 'x-none' 100 104 | 1
      get_header_map_value     | a missing one is empty | 0.1.0 | REQUEST_HEADERS | get_header_map_value 0 'x-none' 100 104; >100 104 | 0 -
      get_header_map_value     | maps that are not there yet | 0.2.1 | REQUEST_HEADERS | get_header_map_value 1 'x' 100 104; get_header_map_value 2 'x' 100 104; get_header_map_value 3 'x' 100 104; get_header_map_value 6 'x' 100 104; get_header_map_value 7 'x' 100 104 | 2 2 2 2 2
      get_header_map_pairs     | a map that is not there is empty | 0.2.1 | REQUEST_HEADERS | get_header_map_pairs 2 100 104; >100 104 | 0 -
      replace_header_map_value | leaves one of several | 0.2.1 | REQUEST_HEADERS | add_header_map_value 0 'x-a' '2'; replace_header_map_value 0 'x-a' '3'; get_header_map_value 0 'x-a' 100 104; >100 104; remove_header_map_value 0 'x-a'; get_header_map_value 0 'x-a' 100 104 | 0 0 0 3 0 1
      remove_header_map_value  | of none | 0.2.1 | REQUEST_HEADERS | remove_header_map_value 0 'x-none' | 0
      add_header_map_value     | makes trailers in the last callback of the body | 0.2.1 | REQUEST_BODY end | add_header_map_value 1 'x-t' 'v'; get_header_map_value 1 'x-t' 100 104; >100 104 | 0 0 v
      add_header_map_value     | what belongs to a call is never written | 0.2.1 | REQUEST_HEADERS | add_header_map_value 4 'x' 'v'; add_header_map_value 5 'x' 'v'; add_header_map_value 6 'x' 'v'; add_header_map_value 7 'x' 'v' | 2 2 2 2
      continue_stream          | the directions of a connection | 0.2.1 | REQUEST_HEADERS | continue_stream 2; continue_stream 3 | 0 12
      continue_stream          | the maps of the request go with it | 0.2.1 | REQUEST_HEADERS | continue_stream 0; get_header_map_value 0 'x-a' 100 104 | 0 2
      http_call                | tokens of calls | 0.2.1 | REQUEST_HEADERS | http_call 'svc' {:method=GET;:path=/;:authority=a} '' '' 1000 100; =100; http_call 'svc' {:method=GET;:path=/;:authority=a} '' '' 1000 100; =100 | 0 4 0 8
      http_call                | no such cluster, no path, a negative time | 0.2.1 | REQUEST_HEADERS | http_call 'none' {:method=GET;:path=/;:authority=a} '' '' 1000 100; http_call 'svc' {:method=GET;:authority=a} '' '' 1000 100; http_call 'svc' {:method=GET;:path=/;:authority=a} '' '' -1 100 | 2 2 2
      grpc_call                | no such service | 0.2.1 | REQUEST_HEADERS | grpc_call 'none' 'service' 'method' '' 'message' 1000 100 | 4
      get_shared_data          | a missing key | 0.2.1 | REQUEST_HEADERS | get_shared_data 'none' 100 104 108 | 1
      set_shared_data          | with the number of another state | 0.2.1 | REQUEST_HEADERS | set_shared_data 'new' 'a' 77; set_shared_data 'new' 'b' 7777; get_shared_data 'new' 100 104 108; >100 104; set_shared_data 'new' '' 0; get_shared_data 'new' 100 104 108; >100 104 | 0 8 0 a 0 0 -
      register_shared_queue    | again: the same, with what is in it | 0.2.1 | REQUEST_HEADERS | !register_shared_queue 'q' 96; !enqueue_shared_queue [96] 'item'; !register_shared_queue 'q' 92; dequeue_shared_queue [92] 100 104; >100 104 | 0 item
      resolve_shared_queue     | a missing one | 0.2.1 | REQUEST_HEADERS | resolve_shared_queue '' 'none' 100 | 1
      enqueue_shared_queue     | a token that is nobody's | 0.2.1 | REQUEST_HEADERS | enqueue_shared_queue 7777 'x' | 1
      dequeue_shared_queue     | an empty one, and a token that is nobody's | 0.2.1 | REQUEST_HEADERS | !register_shared_queue 'empty' 96; dequeue_shared_queue [96] 100 104; dequeue_shared_queue 7777 100 104 | 7 1
      define_metric            | numbers tell the kind; a name twice gets two | 0.2.1 | REQUEST_HEADERS | !define_metric 0 'c' 100; =100; !define_metric 1 'g' 100; =100; !define_metric 2 'h' 100; =100; !define_metric 0 'c' 100; =100; define_metric 3 'x' 100 | 4 5 6 8 2
      increment_metric         | a counter only up, a gauge both ways, a histogram not | 0.2.1 | REQUEST_HEADERS | !define_metric 0 'c' 92; !define_metric 1 'g' 96; !define_metric 2 'h' 88; increment_metric [92] 0; increment_metric [92] -1; increment_metric [96] -1; increment_metric [88] 1; increment_metric 4000 1 | 2 2 0 2 1
      record_metric            | adds to a counter, sets a gauge | 0.2.1 | REQUEST_HEADERS | !define_metric 0 'c' 92; !define_metric 1 'g' 96; !record_metric [92] 3; !record_metric [92] 4; !record_metric [96] 3; !record_metric [96] 4; get_metric [92] 104; =104; get_metric [96] 104; =104; record_metric 4000 1 | 0 7 0 4 1
      get_metric               | never of a histogram | 0.2.1 | REQUEST_HEADERS | !define_metric 2 'h' 96; get_metric [96] 104; get_metric 4000 104 | 2 1
      set_effective_context    | a context that is not there | 0.2.1 | REQUEST_HEADERS | set_effective_context 4000; set_effective_context 1 | 2 0
      call_foreign_function    | an unknown one; without a place for the result | 0.2.1 | REQUEST_HEADERS | call_foreign_function 'none' '' 100 104; call_foreign_function 'compress' 'text' 0 0 | 1 0
      """;

  // Looked up by hosts, or by some SDK's wish, and called for nothing that is tried here.
  private static final List<String> NOT_CALLED =
      List.of(
          "proxy_validate_configuration ii:i",
          "proxy_on_foreign_function iii:",
          "proxy_on_request_metadata ii:i",
          "proxy_on_response_metadata ii:i",
          "proxy_on_grpc_trailing_metadata iii:",
          "envoy_on_resolve_dns iii:",
          "envoy_on_stats_update ii:");

  private RuleScripts() {}

  static List<Script> all() {
    var scripts = new ArrayList<Script>();
    TABLE.lines().map(line -> line.split(" *\\| *")).map(RuleScripts::rule).forEach(scripts::add);
    scripts.add(notCalled());
    return scripts;
  }

  private static Script rule(String[] cells) {
    var function = "proxy_" + cells[0].strip();
    boolean atTheEnd = cells[3].endsWith(" end");
    var place = Place.valueOf(cells[3].replace(" end", ""));
    var script = new ScriptWriter(function + ": " + cells[1] + " " + cells[2], cells[2]);
    var check = new Check(function, Kind.OK, cells[1], Arrays.asList(cells[5].strip().split(" ")));
    var code =
        Arrays.stream(cells[4].split("; "))
            .map(step -> step(step, script))
            .collect(Collectors.joining());
    script.drive(place == Place.REQUEST_BODY ? Drive.POST : Drive.GET);
    if (atTheEnd) {
      int number = script.expect(Differences.in(check));
      return script
          .code(
              place,
              "(if (local.get 2) (then (call $check (i32.const %d))\n%s))".formatted(number, code))
          .script();
    }
    return script.check(place, Differences.in(check), code).script();
  }

  private static String step(String step, ScriptWriter script) {
    var operands = HostCallRow.operands(step.substring(1), script);
    return switch (step.charAt(0)) {
      case '>' -> "(call $value " + String.join(" ", operands) + ")\n";
      case '=' -> "(call $report (i32.load " + operands.getFirst() + "))\n";
      case '!' -> "(drop " + call(step.substring(1), script) + ")\n";
      default -> "(call $report " + call(step, script) + ")\n";
    };
  }

  private static String call(String step, ScriptWriter script) {
    int space = step.indexOf(' ');
    var function = "proxy_" + step.substring(0, space);
    var operands = HostCallRow.operands(step.substring(space), script);
    var call = new StringBuilder("(call $" + function);
    for (int i = 0; i < operands.size(); i++) {
      var operand = operands.get(i);
      call.append(' ')
          .append(Wat.isLong(function, i) ? operand.replace("i32.const", "i64.const") : operand);
    }
    return call.append(')').toString();
  }

  private static Script notCalled() {
    var script = new ScriptWriter("exports that nobody calls", NEWEST).drive(Drive.TRAILERS);
    for (var export : NOT_CALLED) {
      var parts = export.split(" ", -1);
      script.guest().on(parts[0], parts[1], "unreachable");
    }
    return script
        .check(
            Place.LOG,
            new Check(
                "proxy_on_log", Kind.OK, "of a stream that nothing else has met", List.of("1")),
            "(call $report (i32.const 1))\n")
        .script();
  }
}

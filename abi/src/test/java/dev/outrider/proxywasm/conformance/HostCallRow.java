package dev.outrider.proxywasm.conformance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// One host function in the table of [HostCallScripts]: what its parameters are, a good call of it,
/// and what comes of that call in each place.
///
/// @param versions the ABI versions that have it
/// @param roles one letter per parameter: `e` a number from a list, `p` `n` a range to read, `P`
///   `N` where a block is to be returned, `o` where a u32 is, `w` the same, not to be looked at,
///   `R` `S` a block as well, not to be looked at, `q` where a u64 is, `v` any number, `V` the same
///   in 64 bits
/// @param place where the stream's part runs
/// @param setup calls before it, of the same form as `call`
/// @param call operands: numbers, `'text'` (address and length), `{name=value;...}` (pairs, the
///   same), `G` (a gRPC service), `[100]` (the u32 at that address), `ctx` (the running context)
/// @param ok status and values that it returns
/// @param root the status in a root context; empty: not tried
/// @param log the status in `proxy_on_log`; empty: not tried
/// @param connection the status while bytes of a connection are shown; empty: not tried
record HostCallRow(
    String function,
    List<String> versions,
    String roles,
    Place place,
    List<String> setup,
    String call,
    List<String> ok,
    List<String> root,
    List<String> log,
    List<String> connection) {
  private static final Pattern OPERAND = Pattern.compile("'[^']*'|\\{[^}]*}|\\S+");

  /// `envoy.config.core.v3.GrpcService{envoy_grpc{cluster_name: "svc"}}`.
  static final String GRPC_SERVICE = "\n\5\n\3svc";

  /// `function | versions | roles | place | setup; setup | call | ok | root | log | connection`.
  static HostCallRow parse(String line) {
    var cells = line.split("\\|", -1);
    if (cells.length != 10) {
      throw new IllegalArgumentException("10 cells wanted: " + line);
    }
    var cell = Arrays.stream(cells).map(String::strip).toList();
    return new HostCallRow(
        "proxy_" + cell.get(0),
        cell.get(1).equals("all")
            ? List.of("0.1.0", "0.2.0", "0.2.1")
            : List.of(cell.get(1).split(" ")),
        cell.get(2),
        Place.valueOf(cell.get(3)),
        cell.get(4).isEmpty() ? List.of() : List.of(cell.get(4).split("; *")),
        cell.get(5),
        words(cell.get(6)),
        words(cell.get(7)),
        words(cell.get(8)),
        words(cell.get(9)));
  }

  /// What it is tried with.
  Drive drive() {
    return switch (place) {
      case DOWNSTREAM_DATA, UPSTREAM_DATA -> Drive.CONNECTION;
      case REQUEST_BODY -> Drive.POST;
      default -> Drive.GET;
    };
  }

  /// In the names of scripts.
  String title() {
    return switch (place) {
      case DOWNSTREAM_DATA -> function + " of downstream";
      case UPSTREAM_DATA -> function + " of upstream";
      default -> function;
    };
  }

  String where() {
    return drive() == Drive.CONNECTION ? "of a connection" : "in a stream";
  }

  private static List<String> words(String cell) {
    return cell.isEmpty() ? List.of() : List.of(cell.split(" "));
  }

  /// The operands of the good call as expressions, one per parameter.
  List<String> operands(ScriptWriter script) {
    var operands = operands(call, script);
    if (operands.size() != roles.length()) {
      throw new IllegalArgumentException(function + " takes " + roles + ", given " + operands);
    }
    return IntStream.range(0, operands.size())
        .mapToObj(
            i ->
                roles.charAt(i) == 'V'
                    ? operands.get(i).replace("i32.const", "i64.const")
                    : operands.get(i))
        .toList();
  }

  static List<String> operands(String text, ScriptWriter script) {
    var operands = new ArrayList<String>();
    OPERAND
        .matcher(text)
        .results()
        .map(found -> found.group())
        .forEach(
            operand ->
                operands.addAll(
                    switch (operand.charAt(0)) {
                      case '\'' -> range(operand.substring(1, operand.length() - 1), script);
                      case '{' -> range(pairs(operand.substring(1, operand.length() - 1)), script);
                      case '[' ->
                          List.of(
                              "(i32.load (i32.const %s))"
                                  .formatted(operand.substring(1, operand.length() - 1)));
                      case 'c' -> List.of("(local.get 0)");
                      case 'G' -> range(GRPC_SERVICE, script);
                      default -> List.of("(i32.const " + operand + ")");
                    }));
    return operands;
  }

  private static List<String> range(String text, ScriptWriter script) {
    var range = script.text(text);
    int middle = range.indexOf(") (") + 1;
    return List.of(range.substring(0, middle), range.substring(middle + 1));
  }

  /// The ABI's pairs format; every length is below 128.
  static String pairs(String fields) {
    var pairs = Arrays.stream(fields.split(";")).map(field -> field.split("=", 2)).toList();
    var lengths = new StringBuilder();
    var bytes = new StringBuilder();
    for (var pair : pairs) {
      lengths.append((char) pair[0].length()).append("\0\0\0");
      lengths.append((char) pair[1].length()).append("\0\0\0");
      bytes.append(pair[0]).append('\0').append(pair[1]).append('\0');
    }
    return (char) pairs.size() + "\0\0\0" + lengths + bytes;
  }

  /// Code of the setup calls.
  String prepare(ScriptWriter script) {
    var code = new StringBuilder();
    for (var step : setup) {
      int space = step.indexOf(' ');
      var operands = String.join(" ", operands(step.substring(space), script));
      code.append("(drop (call $proxy_%s %s))\n".formatted(step.substring(0, space), operands));
    }
    return code.toString();
  }

  /// Code of a call whose status is reported.
  String report(List<String> operands) {
    return "(call $report (call $%s %s))\n".formatted(function, String.join(" ", operands));
  }

  /// Code that says what the good call returned.
  String values(List<String> operands) {
    var code = new StringBuilder();
    for (int i = 0; i < roles.length(); i++) {
      if (roles.charAt(i) == 'P') {
        code.append("(call $value %s %s)\n".formatted(operands.get(i), operands.get(i + 1)));
      } else if (roles.charAt(i) == 'o') {
        code.append("(call $report (i32.load %s))\n".formatted(operands.get(i)));
      }
    }
    return code.toString();
  }
}

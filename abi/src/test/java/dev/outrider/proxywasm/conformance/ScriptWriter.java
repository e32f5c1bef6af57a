package dev.outrider.proxywasm.conformance;

import dev.outrider.proxywasm.testkit.Wat;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Writes one script: its checks, each with the code that runs it, in the callbacks where they run.
///
/// In a body `(local.get 0)` is the context's id; `(call $value PTR_AT SIZE_AT)` says what a host
/// function returned, `-` if it is empty.
final class ScriptWriter {
  private static final String HELPERS =
      """
      (func $check (param $n i32)
        (i32.store8 (i32.const 40) (i32.const 35))
        (i32.store8 (i32.const 41) (i32.add (i32.const 48) (i32.div_u (local.get $n) (i32.const 10))))
        (i32.store8 (i32.const 42) (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10))))
        (call $say (i32.const 40) (i32.const 3)))
      (func $value (param $p i32) (param $n i32)
        (if (i32.load (local.get $n))
          (then (call $show (local.get $p) (local.get $n)))
          (else
            (i32.store8 (i32.const 40) (i32.const 45))
            (call $say (i32.const 40) (i32.const 1)))))
      (global $ticked (mut i32) (i32.const 0))
      """;

  private final String name;
  private final String abi;
  private final Wat guest;
  private final List<Check> checks = new ArrayList<>();
  private final Map<Place, StringBuilder> bodies = new EnumMap<>(Place.class);
  private final Map<Place, String> answers = new EnumMap<>(Place.class);
  private final Map<String, Integer> texts = new LinkedHashMap<>();
  private int nextText = 1000;
  private Drive drive = Drive.GET;
  private int status = 200;
  private int envoyStatus = 200;
  private @Nullable String notOnEnvoy;
  private @Nullable Place armedIn;

  ScriptWriter(String name, String abi) {
    this.name = name;
    this.abi = abi;
    guest = Wat.guest().abi(abi.replace('.', '_')).with(HELPERS);
  }

  /// The guest itself, for what has no other door.
  Wat guest() {
    return guest;
  }

  ScriptWriter drive(Drive how) {
    drive = how;
    return how == Drive.CONNECTION ? status(ConnectionEcho.ANSWER.length()) : this;
  }

  /// What the client gets, if it is not 200, or all bytes of a plain connection.
  ScriptWriter status(int expected) {
    return status(expected, expected);
  }

  ScriptWriter status(int expected, int onEnvoy) {
    status = expected;
    envoyStatus = onEnvoy;
    return this;
  }

  /// Envoy's process ends at this.
  ScriptWriter notOnEnvoy(String why) {
    notOnEnvoy = why;
    return this;
  }

  /// What a callback answers instead of "go on".
  ScriptWriter answer(Place place, int value) {
    answers.put(place, Integer.toString(value));
    bodies.computeIfAbsent(place, _ -> new StringBuilder());
    return this;
  }

  /// Appends a check with its code.
  ScriptWriter check(Place place, Check check, String body) {
    return code(place, "(call $check (i32.const " + expect(check) + "))\n" + body);
  }

  /// A check whose lines come from code that says its number itself; the number.
  int expect(Check check) {
    checks.add(check);
    return checks.size() - 1;
  }

  /// Appends code that is no check.
  ScriptWriter code(Place place, String body) {
    bodies.computeIfAbsent(place, _ -> new StringBuilder()).append(body).append('\n');
    return this;
  }

  /// Puts text into memory, once; its address and length as operands.
  String text(String text) {
    int at =
        texts.computeIfAbsent(
            text,
            _ -> {
              int here = nextText;
              guest.data(here, text);
              nextText += text.length() + 8;
              return here;
            });
    return "(i32.const %d) (i32.const %d)".formatted(at, text.length());
  }

  Script script() {
    if (bodies.containsKey(Place.TICK)) {
      armTick();
    }
    bodies.forEach(
        (place, body) -> {
          var answer = answers.getOrDefault(place, place.answer);
          var end = answer.isEmpty() ? "" : "(i32.const " + answer + ")";
          guest.on(place.export, place.signature(abi), body + end);
        });
    return new Script(
        name, abi, drive, guest, List.copyOf(checks), status, envoyStatus, notOnEnvoy);
  }

  /// Where the timer is armed, if not in the first callback.
  ScriptWriter armedIn(Place place) {
    armedIn = place;
    return this;
  }

  /// The first callback of the stream or connection arms the timer; the first tick disarms it for
  /// good.
  private void armTick() {
    var set = "(drop (call $proxy_set_tick_period_milliseconds (i32.const %d)))";
    var first = drive == Drive.CONNECTION ? Place.NEW_CONNECTION : Place.REQUEST_HEADERS;
    var arming =
        bodies.computeIfAbsent(armedIn == null ? first : armedIn, _ -> new StringBuilder());
    arming.insert(0, set.formatted(1) + "\n");
    var tick = bodies.computeIfAbsent(Place.TICK, _ -> new StringBuilder());
    tick.insert(0, "(if (i32.eqz (global.get $ticked)) (then (global.set $ticked (i32.const 1))\n");
    tick.append("))").append(set.formatted(0));
  }
}

package dev.outrider.proxy.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.routing.ScopeKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class WorkerRoutesTest {
  private static final ScopeKey KEY = new ScopeKey(List.of("a"));

  private final FakeLoop loop = new FakeLoop();
  private final FakeLoop mainLoop = new FakeLoop();
  private final WorkerRoutes routes = new WorkerRoutes(loop);
  private final List<Consumer<Boolean>> asked = new ArrayList<>();
  private final List<String> told = new ArrayList<>();

  private void ask() {
    routes.ask(mainLoop, (_, _, done) -> asked.add(done));
  }

  private Runnable demand(String who) {
    var forget = routes.demand("scopes", KEY, found -> told.add(who + " " + found));
    mainLoop.runTasks();
    return Objects.requireNonNull(forget);
  }

  @Test
  void asksOnceHoweverManyWait() {
    ask();
    demand("one");
    demand("two");
    assertThat(asked).hasSize(1);
    assertThat(told).isEmpty();

    asked.getFirst().accept(true);
    loop.runTasks();

    assertThat(told).containsExactly("one true", "two true");
    demand("three");
    assertThat(asked).as("anew").hasSize(2);
  }

  @Test
  void forgetsWhoWaitsNoLonger() {
    ask();
    demand("one").run();
    demand("two");

    asked.getFirst().accept(false);
    loop.runTasks();

    assertThat(told).containsExactly("two false");
  }

  @Test
  void asksNobodyBeforeThereIsSomebody() {
    assertThat(routes.demand("scopes", KEY, _ -> {})).isNull();
  }
}

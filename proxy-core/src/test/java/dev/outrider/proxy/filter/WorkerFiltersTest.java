package dev.outrider.proxy.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.runtime.RuntimeReader;
import dev.outrider.proxy.upstream.CalloutClient;
import dev.outrider.proxy.upstream.Upstreams;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WorkerFiltersTest {
  private final List<String> told = new ArrayList<>();
  private final HttpFilterFactory factory = _ -> new Told();
  private final WorkerFilters<WorkerFilterFactory> filters = new WorkerFilters<>(new NoWorker());

  @Test
  void tellsAFilterOfItsLastChainThatIsNotReplacedAndOfTheLastOfAll() {
    filters.acquire(factory);
    filters.acquire(factory);

    filters.retire(factory);
    assertThat(told).containsExactly("made");
    filters.retire(factory);
    assertThat(told).containsExactly("made", "retired");
    filters.release(factory);
    filters.release(factory);

    assertThat(told).containsExactly("made", "retired", "closed");
    assertThat(filters.size()).isZero();
  }

  @Test
  void tellsARetiredFilterThatANewChainWantsIt() {
    filters.acquire(factory);
    filters.retire(factory);

    filters.acquire(factory);

    assertThat(told).containsExactly("made", "retired", "wanted");
  }

  @Test
  void refusesToRetireWhatNobodyHas() {
    filters.acquire(factory);
    filters.retire(factory);

    assertThatThrownBy(() -> filters.retire(factory)).isInstanceOf(IllegalStateException.class);
  }

  private final class Told implements WorkerFilterFactory {
    Told() {
      told.add("made");
    }

    @Override
    public @Nullable HttpFilter create(StreamHandle stream) {
      return null;
    }

    @Override
    public void onRetired() {
      told.add("retired");
    }

    @Override
    public void onWanted() {
      told.add("wanted");
    }

    @Override
    public void close() {
      told.add("closed");
    }
  }

  private static final class NoWorker implements WorkerContext {
    private final FakeLoop loop = new FakeLoop();

    @Override
    public Loop loop() {
      return loop;
    }

    @Override
    public CalloutClient callouts() {
      throw new UnsupportedOperationException("no calls are made");
    }

    @Override
    public Upstreams upstreams() {
      throw new UnsupportedOperationException("there are no clusters");
    }

    @Override
    public RuntimeReader runtime() {
      throw new AssertionError();
    }

    @Override
    public RandomGenerator random() {
      return new SplittableRandom(1);
    }

    @Override
    public HeadStores heads() {
      throw new UnsupportedOperationException("no heads are taken");
    }
  }
}

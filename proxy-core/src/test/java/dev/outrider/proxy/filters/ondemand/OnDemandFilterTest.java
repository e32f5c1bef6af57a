package dev.outrider.proxy.filters.ondemand;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.filter.FakeStream;
import dev.outrider.proxy.filter.HeadStatus;
import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.loop.FakeLoop;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OnDemandFilterTest {
  private static final String TYPE =
      "type.googleapis.com/envoy.extensions.filters.http.on_demand.v3.OnDemand";

  private static Parsed<HttpFilterFactory> parse(ByteString message) {
    return new OnDemandProvider()
        .parse(
            Any.newBuilder().setTypeUrl(TYPE).setValue(message).build(),
            new ParseContext("listener 'l'", "filter", "on_demand"))
        .toCompletableFuture()
        .join();
  }

  /// A stream without a route.
  private static final class Stream extends FakeStream {
    private final boolean waits;
    int forgotten;

    Stream(boolean waits) {
      super(new FakeLoop());
      this.waits = waits;
    }

    @Override
    public @Nullable Runnable awaitRoutes() {
      return waits ? () -> forgotten++ : null;
    }
  }

  private static HeadStatus status(OnDemandFilter filter) {
    var head = new HeadStores().take(HeadKind.REQUEST);
    var status = filter.onRequestHead(head, true);
    head.release();
    return status;
  }

  @Test
  void holdsARequestWhoseRoutesAreStillToCome() {
    var stream = new Stream(true);
    var filter = new OnDemandFilter(stream);

    assertThat(status(filter)).isEqualTo(HeadStatus.HOLD_ALL_BACKPRESSURE);

    assertThat(stream.forgotten).isZero();
    filter.onStreamEnd();
    assertThat(stream.forgotten).isEqualTo(1);
  }

  @Test
  void letsARequestGoThatNobodyHasRoutesFor() {
    assertThat(status(new OnDemandFilter(new Stream(false)))).isEqualTo(HeadStatus.CONTINUE);
  }

  @Test
  void refusesToAskForClusters() {
    assertThat(parse(ByteString.EMPTY)).isInstanceOf(Parsed.Valid.class);
    assertThat(parse(ByteString.copyFrom(new byte[] {10, 0})).problems())
        .singleElement()
        .satisfies(
            problem ->
                assertThat(problem.text())
                    .isEqualTo("listener 'l': filter.odcds: is not supported"));
  }
}

package dev.outrider.proxy.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.upstream.Callout;
import dev.outrider.proxy.upstream.CalloutSink;
import dev.outrider.proxy.upstream.CalloutSpec;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A call that a filter or the main loop makes: told its outcome once, and not after it gave up.
final class SimCallout implements CalloutSink {
  private static final HeaderName SIM_ID = HeaderName.of("x-sim-id");

  private final int id;
  private final Runnable done;
  private @Nullable Callout call;
  private boolean over;

  /// @param done run at the outcome, whatever it is
  SimCallout(int id, Runnable done) {
    this.id = id;
    this.done = done;
  }

  /// False if nobody knows the cluster.
  boolean start(WorkerContext worker, String cluster, long timeoutMillis) {
    var head = worker.heads().take(HeadKind.REQUEST);
    var body = SimMessage.requestBody(id);
    set(head, HeaderNames.METHOD, body.length == 0 ? "GET" : "POST");
    set(head, HeaderNames.PATH, "/" + id);
    set(head, HeaderNames.AUTHORITY, "sim");
    set(head, HeaderNames.SCHEME, "http");
    set(head, SIM_ID, String.valueOf(id));
    call = worker.callouts().call(new CalloutSpec(cluster, head, body, null, timeoutMillis), this);
    over = call == null;
    return !over;
  }

  private static void set(HeaderMap head, HeaderName name, String value) {
    head.set(name, value);
  }

  void cancel() {
    if (!over && call != null) {
      over = true;
      call.cancel();
    }
  }

  boolean over() {
    return over;
  }

  @Override
  public void onAnswer(HeaderMap head, BodyBuffer body, @Nullable HeaderMap trailers) {
    var answered = head.get(SIM_ID);
    if (answered != null) {
      assertThat(answered).as("answer to somebody else's call").isEqualTo(String.valueOf(id));
      var bytes = new byte[body.length()];
      body.getBytes(0, bytes.length, bytes, 0);
      var expected = SimMessage.responseBody(id);
      assertThat(
              Arrays.equals(bytes, expected)
                  || (head.contains(HeaderName.of("x-sim-open-ended"))
                      && new String(expected, StandardCharsets.ISO_8859_1)
                          .startsWith(new String(bytes, StandardCharsets.ISO_8859_1))))
          .as("body of the answer to call %s: %s bytes", id, bytes.length)
          .isTrue();
    } else {
      assertThat(head.status()).as("a local answer to a call").isGreaterThanOrEqualTo(400);
    }
    end();
  }

  @Override
  public void onFailure(ResetReason why) {
    end();
  }

  private void end() {
    assertThat(over).as("call %s was over already", id).isFalse();
    over = true;
    done.run();
  }
}

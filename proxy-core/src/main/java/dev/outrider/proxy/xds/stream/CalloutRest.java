package dev.outrider.proxy.xds.stream;

import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.upstream.CalloutClient;
import dev.outrider.proxy.upstream.CalloutSink;
import dev.outrider.proxy.upstream.CalloutSpec;
import org.jspecify.annotations.Nullable;

/// Sends by the main loop's own clusters, as any request is sent. Main loop only.
public final class CalloutRest implements RestCalls {
  /// As a response of gRPC may have.
  private static final int MOST_BYTES = 256 << 20;

  private final Loop loop;
  private final CalloutClient callouts;
  private final HeadStores heads;

  public CalloutRest(Loop loop, CalloutClient callouts, HeadStores heads) {
    this.loop = loop;
    this.callouts = callouts;
    this.heads = heads;
  }

  @Override
  public boolean knows(String cluster) {
    return callouts.knows(cluster);
  }

  @Override
  public Call post(
      String cluster, String path, byte[] json, long timeoutMillis, Answered answered) {
    loop.assertOnLoop();
    var head = heads.take(HeadKind.REQUEST);
    head.set(HeaderNames.METHOD, "POST");
    head.set(HeaderNames.PATH, path);
    head.set(HeaderNames.AUTHORITY, cluster); // as Envoy
    head.set(HeaderNames.CONTENT_TYPE, "application/json");
    var sink = new Told(answered);
    var call =
        callouts.call(new CalloutSpec(cluster, head, json, null, timeoutMillis, MOST_BYTES), sink);
    if (call == null) {
      loop.execute(() -> sink.failed("cluster '" + cluster + "' is not defined"));
    }
    return () -> {
      sink.over = true;
      if (call != null) {
        call.cancel();
      }
    };
  }

  private static final class Told implements CalloutSink {
    private final Answered answered;
    private boolean over;

    Told(Answered answered) {
      this.answered = answered;
    }

    @Override
    public void onAnswer(HeaderMap head, BodyBuffer body, @Nullable HeaderMap trailers) {
      if (!over) {
        over = true;
        var bytes = new byte[body.length()];
        body.getBytes(0, bytes.length, bytes, 0);
        answered.onAnswer(head.status(), bytes);
      }
    }

    @Override
    public void onFailure(ResetReason why) {
      failed("the answer broke off or is longer than %d bytes (%s)".formatted(MOST_BYTES, why));
    }

    void failed(String why) {
      if (!over) {
        over = true;
        answered.onFailure(why);
      }
    }
  }
}

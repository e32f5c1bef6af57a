package dev.outrider.proxy.filter;

import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.ArrayList;
import java.util.List;

/// A stream that only writes down what its filters ask for.
final class FakeStreamHost implements StreamHost {
  final FakeLoop loop = new FakeLoop();
  final HeadStores heads = new HeadStores();
  final StreamInfo info = new StreamInfo();
  final List<String> asked = new ArrayList<>();
  final HeaderMap requestHead = heads.take(HeadKind.REQUEST);
  final HeaderMap responseHead = heads.take(HeadKind.RESPONSE);

  @Override
  public FakeLoop loop() {
    return loop;
  }

  @Override
  public StreamInfo info() {
    return info;
  }

  @Override
  public HeadStores heads() {
    return heads;
  }

  @Override
  public void clearRoute() {
    asked.add("clearRoute");
  }

  @Override
  public void onFilterReply(LocalReply reply) {
    asked.add("reply " + reply.status() + " " + reply.details());
  }

  @Override
  public void onFilterReset(ResetReason why, String details) {
    asked.add("reset " + why + " " + details);
  }

  @Override
  public void onBug(Throwable bug) {
    throw new AssertionError(bug);
  }
}

package dev.outrider.proxy.http;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// A [MessageSink] that writes down what it gets, releases chunks, and refuses whatever comes after
/// the end.
public final class RecordingSink implements MessageSink {
  private final List<String> events = new ArrayList<>();
  private boolean ended;

  /// `head <lines>`, `body <text>`, each with ` end` behind it if it is the last; `trailers
  /// <lines>`, `reset <reason>`.
  public List<String> events() {
    return List.copyOf(events);
  }

  public boolean ended() {
    return ended;
  }

  @Override
  public void onInformational(HeaderMap head) {
    record("informational " + oneLine(head), false);
  }

  @Override
  public void onHead(HeaderMap head, boolean end) {
    record("head " + oneLine(head), end);
  }

  @Override
  public void onBody(ByteBuf chunk, boolean end) {
    var text = chunk.toString(StandardCharsets.UTF_8);
    chunk.release();
    record("body " + text, end);
  }

  @Override
  public void onTrailers(HeaderMap trailers) {
    record("trailers " + oneLine(trailers), true);
    events.set(events.size() - 1, events.getLast().replaceFirst(" end$", ""));
  }

  @Override
  public void onReset(ResetReason why) {
    record("reset " + why, true);
    events.set(events.size() - 1, events.getLast().replaceFirst(" end$", ""));
  }

  private void record(String event, boolean end) {
    if (ended) {
      throw new AssertionError("after the end of the message: " + event);
    }
    ended = end;
    events.add(end ? event + " end" : event);
  }

  private static String oneLine(HeaderMap head) {
    return head.toString().strip().replace("\n", ", ");
  }
}

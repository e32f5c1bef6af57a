package dev.outrider.proxy.filter;

import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.stream.StreamInfo;
import org.jspecify.annotations.Nullable;

/// A stream that keeps the reply its filter gives, and wants nothing else of it.
public class FakeStream implements StreamHandle {
  private final Loop loop;
  private final StreamInfo info = new StreamInfo();
  private @Nullable LocalReply reply;

  public FakeStream(Loop loop) {
    this.loop = loop;
  }

  /// Null as long as the filter gives none.
  public @Nullable LocalReply reply() {
    return reply;
  }

  @Override
  public Loop loop() {
    return loop;
  }

  @Override
  public StreamInfo info() {
    return info;
  }

  @Override
  public void reply(LocalReply given) {
    reply = given;
  }

  @Override
  public void resumeRequest() {
    throw new AssertionError("nothing is held");
  }

  @Override
  public void resumeResponse() {
    throw new AssertionError("nothing is held");
  }

  @Override
  public void reset(ResetReason why, String details) {
    throw new AssertionError(details);
  }

  @Override
  public void clearRoute() {
    throw new AssertionError("the route stays");
  }

  @Override
  public @Nullable HeaderMap requestHead() {
    return null;
  }

  @Override
  public @Nullable HeaderMap requestTrailers() {
    return null;
  }

  @Override
  public @Nullable HeaderMap responseHead() {
    return null;
  }

  @Override
  public @Nullable HeaderMap responseTrailers() {
    return null;
  }

  @Override
  public BodyBuffer requestBody() {
    throw new AssertionError("bodies are not looked at");
  }

  @Override
  public BodyBuffer responseBody() {
    throw new AssertionError("bodies are not looked at");
  }

  @Override
  public @Nullable HeaderMap addRequestTrailers() {
    return null;
  }

  @Override
  public @Nullable HeaderMap addResponseTrailers() {
    return null;
  }
}

package dev.outrider.proxywasm.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxywasm.host.BodyAccess;
import dev.outrider.proxywasm.host.BufferKind;
import dev.outrider.proxywasm.host.ByteSink;
import dev.outrider.proxywasm.host.GuestReply;
import dev.outrider.proxywasm.host.HeaderAccess;
import dev.outrider.proxywasm.host.HeaderMapKind;
import dev.outrider.proxywasm.host.HttpStreamHost;
import dev.outrider.proxywasm.host.StreamKind;
import dev.outrider.proxywasm.host.WasmResult;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One exchange without a proxy: maps and bodies the test puts in, effects it reads out.
public final class ScriptedStream implements HttpStreamHost {
  private final Map<HeaderMapKind, TestHeaders> maps = new EnumMap<>(HeaderMapKind.class);
  private final Map<BufferKind, TestBody> bodies = new EnumMap<>(BufferKind.class);
  private final TestProperties properties = new TestProperties();
  private final List<String> effects = new ArrayList<>();
  private final List<GuestReply> replies = new ArrayList<>();
  private int routeClears;

  public void put(HeaderMapKind kind, TestHeaders map) {
    maps.put(kind, map);
  }

  public void put(BufferKind kind, TestBody body) {
    bodies.put(kind, body);
  }

  /// What was put or made there, or null.
  public @Nullable TestHeaders map(HeaderMapKind kind) {
    return maps.get(kind);
  }

  /// What was put there, or null.
  public @Nullable TestBody content(BufferKind kind) {
    return bodies.get(kind);
  }

  public TestProperties properties() {
    return properties;
  }

  /// `reply 403`, `resume REQUEST`, `close RESPONSE`, `failed`: in the order they came.
  public List<String> effects() {
    return List.copyOf(effects);
  }

  /// The replies among the effects.
  public List<GuestReply> replies() {
    return List.copyOf(replies);
  }

  /// How often the route had to be chosen anew.
  public int routeClears() {
    return routeClears;
  }

  @Override
  public @Nullable HeaderAccess headers(HeaderMapKind kind) {
    return maps.get(kind);
  }

  @Override
  public HeaderAccess createTrailers(HeaderMapKind kind) {
    return maps.computeIfAbsent(kind, _ -> new TestHeaders());
  }

  @Override
  public @Nullable BodyAccess body(BufferKind kind) {
    return bodies.get(kind);
  }

  @Override
  public WasmResult property(byte[] path, int offset, int length, ByteSink value) {
    return properties.read(new String(path, offset, length, UTF_8), value);
  }

  @Override
  public WasmResult setProperty(
      byte[] path, int pathOffset, int pathLength, byte[] value, int valueOffset, int valueLength) {
    var name = new String(path, pathOffset, pathLength, UTF_8);
    properties.set(name, new String(value, valueOffset, valueLength, UTF_8));
    return WasmResult.OK;
  }

  @Override
  public void clearRouteCache() {
    routeClears++;
  }

  @Override
  public void resume(StreamKind direction) {
    effects.add("resume " + direction);
  }

  @Override
  public void reply(GuestReply reply) {
    effects.add("reply " + reply.status());
    replies.add(reply);
  }

  @Override
  public void close(StreamKind direction) {
    effects.add("close " + direction);
  }

  @Override
  public void failed() {
    effects.add("failed");
  }
}

package dev.outrider.proxywasm.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxywasm.host.BodyAccess;
import dev.outrider.proxywasm.host.BufferKind;
import dev.outrider.proxywasm.host.ByteSink;
import dev.outrider.proxywasm.host.NetworkStreamHost;
import dev.outrider.proxywasm.host.StreamKind;
import dev.outrider.proxywasm.host.WasmResult;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One connection without a proxy: bytes the test puts in, effects it reads out.
public final class ScriptedConnection implements NetworkStreamHost {
  private final Map<BufferKind, TestBody> data = new EnumMap<>(BufferKind.class);
  private final TestProperties properties = new TestProperties();
  private final List<String> effects = new ArrayList<>();

  public void put(BufferKind kind, TestBody bytes) {
    data.put(kind, bytes);
  }

  public void remove(BufferKind kind) {
    data.remove(kind);
  }

  /// What was put there, or null.
  public @Nullable TestBody content(BufferKind kind) {
    return data.get(kind);
  }

  public TestProperties properties() {
    return properties;
  }

  /// `resume`, `close UPSTREAM`, `failed`: in the order they came.
  public List<String> effects() {
    return List.copyOf(effects);
  }

  @Override
  public @Nullable BodyAccess data(BufferKind kind) {
    return data.get(kind);
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
  public void resumeDownstream() {
    effects.add("resume");
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

package dev.outrider.proxywasm.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxywasm.host.ByteSink;
import dev.outrider.proxywasm.host.GuestLimit;
import dev.outrider.proxywasm.host.PluginHost;
import dev.outrider.proxywasm.host.WasmResult;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// The host of one plugin: answers properties from a map, notes what it is told.
public final class ScriptedPlugin implements PluginHost {
  private static final int MOST_RAN = 1000;

  private final TestProperties properties = new TestProperties();
  private final List<Integer> queuesReady = new ArrayList<>();
  private final Deque<Ran> ran = new ArrayDeque<>();
  private final Map<GuestLimit, Integer> refused = new EnumMap<>(GuestLimit.class);
  private int failures;
  private int ends;

  /// What it was told of one callback.
  public record Ran(String callback, long hostCalls, long nanos) {}

  /// What a root callback can read.
  public TestProperties properties() {
    return properties;
  }

  /// Tokens of queues that got an item, in order.
  public List<Integer> queuesReady() {
    return List.copyOf(queuesReady);
  }

  /// The same, and forgets them.
  public List<Integer> takeQueuesReady() {
    var ready = queuesReady();
    queuesReady.clear();
    return ready;
  }

  /// Every callback there was, the latest thousand.
  public List<Ran> ran() {
    return List.copyOf(ran);
  }

  /// How often the plugin was refused more of that.
  public int refusals(GuestLimit limit) {
    return refused.getOrDefault(limit, 0);
  }

  /// How often it was told that the VM failed.
  public int failures() {
    return failures;
  }

  /// How often it was told that the plugin ended.
  public int ends() {
    return ends;
  }

  /// How many calls were refused because of the plugin's limits.
  public int refusedCallouts() {
    return refusals(GuestLimit.CALLOUTS);
  }

  @Override
  public WasmResult property(byte[] path, int offset, int length, ByteSink value) {
    return properties.read(new String(path, offset, length, UTF_8), value);
  }

  @Override
  public void queueReady(int token) {
    queuesReady.add(token);
  }

  @Override
  public void ran(String callback, long hostCalls, long nanos) {
    if (ran.size() == MOST_RAN) {
      ran.removeFirst();
    }
    ran.add(new Ran(callback, hostCalls, nanos));
  }

  @Override
  public void refused(GuestLimit limit) {
    refused.merge(limit, 1, Integer::sum);
  }

  @Override
  public void failed() {
    failures++;
  }

  @Override
  public void ended() {
    ends++;
  }
}

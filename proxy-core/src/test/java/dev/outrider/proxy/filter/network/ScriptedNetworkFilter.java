package dev.outrider.proxy.filter.network;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxy.http.BodyBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.BiConsumer;

/// A filter that answers what it was told to and writes down what it saw. Without an answer left it
/// continues.
public final class ScriptedNetworkFilter implements NetworkFilter {
  private final String name;
  private final NetworkHandle handle;
  private final List<String> seen;
  private final ArrayDeque<NetworkStatus> answers = new ArrayDeque<>();
  private BiConsumer<NetworkHandle, BodyBuffer> action = (_, _) -> {};

  public ScriptedNetworkFilter(String name, NetworkHandle handle, List<String> seen) {
    this.name = name;
    this.handle = handle;
    this.seen = seen;
  }

  public ScriptedNetworkFilter answer(NetworkStatus... statuses) {
    answers.addAll(List.of(statuses));
    return this;
  }

  /// What it does in each callback.
  public ScriptedNetworkFilter does(BiConsumer<NetworkHandle, BodyBuffer> newAction) {
    action = newAction;
    return this;
  }

  public NetworkHandle handle() {
    return handle;
  }

  private NetworkStatus see(String event, BodyBuffer data) {
    seen.add(name + " " + event);
    action.accept(handle, data);
    var answer = answers.poll();
    return answer == null ? NetworkStatus.CONTINUE : answer;
  }

  private static String text(BodyBuffer data, boolean end) {
    var bytes = new byte[data.length()];
    data.getBytes(0, bytes.length, bytes, 0);
    return new String(bytes, UTF_8) + (end ? "." : "");
  }

  @Override
  public NetworkStatus onNewConnection() {
    return see("new", handle.unread());
  }

  @Override
  public NetworkStatus onData(BodyBuffer data, boolean end) {
    return see("data " + text(data, end), data);
  }

  @Override
  public NetworkStatus onWrite(BodyBuffer data, boolean end) {
    return see("write " + text(data, end), data);
  }

  @Override
  public void onWritable(boolean writable) {
    seen.add(name + " writable " + writable);
  }

  @Override
  public void onClose(ConnectionEnd how) {
    seen.add(name + " closed " + how);
  }
}

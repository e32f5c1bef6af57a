package dev.outrider.proxywasm.imports;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The calls of a VM to other services, by token. A token belongs to one plugin: for the others
/// there is none.
///
/// A stream that the other side has ended stays known until its guest lets go of it, since sending
/// on it is still OK; of those the newest [#MOST_FINISHED] are kept, for guests that never do.
public final class CalloutTable {
  static final int MOST_FINISHED = 1024;

  private final Map<Integer, Callout> open = new HashMap<>();
  private final LinkedHashMap<Integer, Callout> finished = new LinkedHashMap<>();
  private final int[] last = new int[CalloutKind.values().length];

  static final class Callout {
    final PluginScope plugin;
    final long bytes;
    boolean halfClosed;

    Callout(PluginScope plugin, long bytes) {
      this.plugin = plugin;
      this.bytes = bytes;
    }
  }

  /// A number that no call has which the guest may still know: 4, 8 ... or 5, 9 ... or 6, 10 ... It
  /// comes round again after 2^30 calls.
  int newToken(CalloutKind kind) {
    int token;
    do {
      last[kind.bits()] += CalloutKind.STEP;
      token = last[kind.bits()] | kind.bits();
    } while (token == 0 || open.containsKey(token) || finished.containsKey(token));
    return token;
  }

  /// Tokens of one kind count on from here; for tests of what 2^30 calls lead to.
  void lastToken(CalloutKind kind, int token) {
    last[kind.bits()] = token & -CalloutKind.STEP;
  }

  /// @param bytes what the call holds until it ends
  void started(int token, PluginScope plugin, long bytes) {
    open.put(token, new Callout(plugin, bytes));
    plugin.calloutStarted(bytes);
  }

  /// A call that has not ended, if it is that plugin's.
  @Nullable Callout find(PluginScope plugin, int token) {
    return ownedBy(plugin, open.get(token));
  }

  /// A stream that the other side has ended and the guest not, if it is that plugin's.
  boolean isFinished(PluginScope plugin, int token) {
    return ownedBy(plugin, finished.get(token)) != null;
  }

  private static @Nullable Callout ownedBy(PluginScope plugin, @Nullable Callout callout) {
    return callout == null || callout.plugin != plugin ? null : callout;
  }

  /// Whether that plugin has a call with that token which has not ended.
  public boolean has(PluginScope plugin, int token) {
    return find(plugin, token) != null;
  }

  /// Forgets a call; false if that plugin has none with that token.
  public boolean remove(PluginScope plugin, int token) {
    var callout = find(plugin, token);
    if (callout == null) {
      return false;
    }
    open.remove(token);
    plugin.calloutEnded(callout.bytes);
    return true;
  }

  /// The other side has ended it, which the guest will now be told; false as for [#remove].
  public boolean finish(PluginScope plugin, int token) {
    var callout = find(plugin, token);
    if (callout == null) {
      return false;
    }
    var _ = remove(plugin, token);
    finished.put(token, callout);
    if (finished.size() > MOST_FINISHED) {
      var _ = finished.pollFirstEntry();
    }
    return true;
  }

  /// The guest has been told. What it cannot send on any more is forgotten.
  public void told(int token) {
    var callout = finished.get(token);
    if (callout != null
        && (callout.halfClosed || CalloutKind.of(token) != CalloutKind.GRPC_STREAM)) {
      finished.remove(token);
    }
  }

  /// The guest lets go of what has ended; false as for [#isFinished].
  boolean forget(PluginScope plugin, int token) {
    return isFinished(plugin, token) && finished.remove(token) != null;
  }

  /// Forgets everything of a plugin and answers the tokens of calls that have not ended.
  public int[] removeAll(PluginScope plugin) {
    finished.values().removeIf(callout -> callout.plugin == plugin);
    var tokens =
        open.entrySet().stream()
            .filter(entry -> entry.getValue().plugin == plugin)
            .mapToInt(Map.Entry::getKey)
            .toArray();
    for (int token : tokens) {
      var _ = remove(plugin, token);
    }
    return tokens;
  }
}

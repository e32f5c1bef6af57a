package dev.outrider.proxy.xds.stream;

/// Sends requests of plain HTTP to clusters. Main loop only.
public interface RestCalls {
  /// Reach nobody: nothing is sent and nothing comes.
  RestCalls NONE = (_, _, _, _, _) -> () -> {};

  /// Whether there is a cluster of that name yet. One of the bootstrap comes when it is warm.
  default boolean knows(String cluster) {
    return true;
  }

  /// Posts JSON; takes the bytes. What comes of it is told once, in a later task.
  Call post(String cluster, String path, byte[] json, long timeoutMillis, Answered answered);

  /// One under way.
  interface Call {

    /// Nothing is told any more.
    void cancel();
  }

  /// Told what came of one.
  interface Answered {

    /// An answer, complete; takes the bytes.
    void onAnswer(int status, byte[] body);

    /// None.
    void onFailure(String why);
  }
}

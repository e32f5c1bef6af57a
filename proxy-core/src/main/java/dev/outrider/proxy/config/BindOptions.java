package dev.outrider.proxy.config;

/// How the sockets of a listener take connections.
///
/// @param bound false: it has no sockets and only gets connections that another listener hands over
/// @param reusePort each worker has a socket of its own and the system shares connections out among
///   them; otherwise, and for pipes always, there is one, whose connections go round
/// @param backlog 0 = the system's
/// @param acceptsPerEvent at most so many before other connections have their turn; 0 = as many as
///   the transport finds right
public record BindOptions(boolean bound, boolean reusePort, int backlog, int acceptsPerEvent) {
  public static final BindOptions DEFAULT = new BindOptions(true, true, 0, 0);
}

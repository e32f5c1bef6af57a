package dev.outrider.proxy.xds.grpc;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A channel that is what the test says, and carries nothing.
final class FakeChannel extends ManagedChannel {
  private ConnectivityState state = ConnectivityState.IDLE;
  private @Nullable Runnable onChange;
  boolean shutDown;

  void is(ConnectivityState next) {
    state = next;
    var told = onChange;
    onChange = null;
    if (told != null) {
      told.run();
    }
  }

  @Override
  public ConnectivityState getState(boolean requestConnection) {
    return state;
  }

  @Override
  public void notifyWhenStateChanged(ConnectivityState source, Runnable callback) {
    if (state == source) {
      onChange = callback;
    } else {
      callback.run();
    }
  }

  @Override
  public ManagedChannel shutdown() {
    return shutdownNow();
  }

  @Override
  public ManagedChannel shutdownNow() {
    shutDown = true;
    return this;
  }

  @Override
  public boolean isShutdown() {
    return shutDown;
  }

  @Override
  public boolean isTerminated() {
    return shutDown;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return shutDown;
  }

  @Override
  public <A, B> ClientCall<A, B> newCall(MethodDescriptor<A, B> method, CallOptions options) {
    throw new UnsupportedOperationException("carries nothing");
  }

  @Override
  public String authority() {
    return "fake";
  }
}

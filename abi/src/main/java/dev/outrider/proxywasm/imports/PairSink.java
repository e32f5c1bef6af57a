package dev.outrider.proxywasm.imports;

import dev.outrider.proxywasm.host.ByteSink;
import dev.outrider.proxywasm.host.WasmResult;

/// Hands one value to the guest: a block from the guest's allocator, its address and size written
/// where the guest asked. One per VM, reused.
final class PairSink implements ByteSink {
  private final HostCall call;
  private int ptrAt;
  private int sizeAt;
  private boolean used;
  private boolean good;

  PairSink(HostCall call) {
    this.call = call;
  }

  PairSink to(int newPtrAt, int newSizeAt) {
    ptrAt = newPtrAt;
    sizeAt = newSizeAt;
    used = false;
    return this;
  }

  @Override
  public void accept(byte[] source, int offset, int length) {
    used = true;
    good = call.memory().writePair(ptrAt, sizeAt, source, offset, length);
  }

  /// What the guest gets, given what the source of the value answered: a value that was never
  /// handed over is an empty one.
  WasmResult outcome(WasmResult answer) {
    if (answer != WasmResult.OK) {
      return answer;
    }
    if (!used) {
      good = call.memory().writePair(ptrAt, sizeAt, NOTHING, 0, 0);
    }
    return HostCall.okIf(good);
  }

  private static final byte[] NOTHING = {};
}

package dev.outrider.proxy.wasm;

import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxywasm.host.BodyAccess;

/// Shows a body to a guest: what is asked for is copied, once, and nothing else.
final class BodyBufferAdapter implements BodyAccess {
  private BodyBuffer body;

  BodyBufferAdapter(BodyBuffer body) {
    this.body = body;
  }

  BodyBufferAdapter bind(BodyBuffer newBody) {
    body = newBody;
    return this;
  }

  @Override
  public int length() {
    return body.length();
  }

  @Override
  public void copyOut(int start, int length, byte[] target, int targetOffset) {
    body.getBytes(start, length, target, targetOffset);
  }

  @Override
  public void replace(int start, int length, byte[] source, int sourceOffset, int sourceLength) {
    body.replace(start, length, source, sourceOffset, sourceLength);
  }
}

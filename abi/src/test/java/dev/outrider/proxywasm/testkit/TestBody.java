package dev.outrider.proxywasm.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxywasm.host.BodyAccess;

/// A body in one array.
public final class TestBody implements BodyAccess {
  private byte[] bytes;

  public TestBody(String text) {
    bytes = text.getBytes(UTF_8);
  }

  /// Appends bytes that arrived.
  public void append(String text) {
    var more = text.getBytes(UTF_8);
    replace(bytes.length, 0, more, 0, more.length);
  }

  /// What it holds now.
  public String text() {
    return new String(bytes, UTF_8);
  }

  @Override
  public int length() {
    return bytes.length;
  }

  @Override
  public void copyOut(int start, int length, byte[] target, int targetOffset) {
    System.arraycopy(bytes, start, target, targetOffset, length);
  }

  @Override
  public void replace(int start, int length, byte[] source, int sourceOffset, int sourceLength) {
    var next = new byte[bytes.length - length + sourceLength];
    System.arraycopy(bytes, 0, next, 0, start);
    System.arraycopy(source, sourceOffset, next, start, sourceLength);
    int tail = start + length;
    System.arraycopy(bytes, tail, next, start + sourceLength, bytes.length - tail);
    bytes = next;
  }
}

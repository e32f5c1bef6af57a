package dev.outrider.proxy.routing;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The body of a direct response. Compared by content.
public final class DirectBody {
  public static final DirectBody NONE = new DirectBody(new byte[0]);

  private final byte[] bytes;

  private DirectBody(byte[] bytes) {
    this.bytes = bytes;
  }

  /// Takes the array: nobody writes to it afterwards.
  public static DirectBody of(byte[] bytes) {
    return bytes.length == 0 ? NONE : new DirectBody(bytes);
  }

  public static DirectBody of(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  /// Lent.
  public byte[] bytes() {
    return bytes;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof DirectBody that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return "DirectBody[" + bytes.length + " bytes]";
  }
}

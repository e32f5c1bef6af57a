package dev.outrider.proxy.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// One end of tunnel number `id`: what it says, and how much of what the other says it has heard,
/// in order. The last byte of the service follows the last of the client, and its end if that comes
/// early: a client that has heard it knows that everything has arrived.
final class SimTunnel {
  /// What a client says first, to whoever is at the other end.
  static final String HELLO = "HELLO ";

  private static final String HALF = " half";

  private final int id;
  private final byte[] own;
  private final byte[] theirs;
  private final boolean service;
  private final boolean half;
  private int said;
  private int heard;
  private boolean heardEnd;

  private SimTunnel(int id, boolean half, boolean service) {
    this.id = id;
    this.half = half;
    this.service = service;
    var hello = HELLO + id + (half ? HALF : "") + "\r\n";
    var request = hello + text(SimMessage.requestBody(id));
    var response = text(SimMessage.responseBody(id)) + "!";
    own = bytes(service ? response : request);
    theirs = bytes(service ? request : response);
  }

  /// @param half the client ends its direction when it has said everything
  static SimTunnel client(int id, boolean half) {
    return new SimTunnel(id, half, false);
  }

  static SimTunnel service(int id, boolean half) {
    return new SimTunnel(id, half, true);
  }

  /// @param hello the first line of the client
  static SimTunnel service(String hello) {
    var half = hello.endsWith(HALF);
    var id = hello.substring(HELLO.length(), hello.length() - (half ? HALF.length() : 0));
    return service(Integer.parseInt(id), half);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  int id() {
    return id;
  }

  boolean half() {
    return half;
  }

  void hear(byte[] bytes) {
    assertThat(heardEnd && bytes.length > 0).as("bytes behind the end of tunnel %s", id).isFalse();
    var end = heard + bytes.length;
    assertThat(end <= theirs.length && Arrays.equals(theirs, heard, end, bytes, 0, bytes.length))
        .as("bytes of tunnel %s, %s behind %s of %s", id, bytes.length, heard, theirs.length)
        .isTrue();
    heard = end;
  }

  /// The other has nothing more to say.
  void hearEnd() {
    assertThat(heardAll())
        .as("a direction of tunnel %s ends at %s of %s bytes", id, heard, theirs.length)
        .isTrue();
    heardEnd = true;
  }

  boolean heardAll() {
    return heard == theirs.length;
  }

  boolean heardEnd() {
    return heardEnd;
  }

  int heard() {
    return heard;
  }

  int said() {
    return said;
  }

  boolean saidAll() {
    return said == own.length;
  }

  /// How much may be said now.
  int sayable() {
    var waits = service && !(heardAll() && (heardEnd || !half));
    return own.length - said - (waits ? 1 : 0);
  }

  byte[] say(int most) {
    var size = Math.min(most, sayable());
    said += size;
    return Arrays.copyOfRange(own, said - size, said);
  }

  String sayAll() {
    return text(say(Integer.MAX_VALUE));
  }

  @Override
  public String toString() {
    return "tunnel %s: said %s of %s, heard %s of %s%s"
        .formatted(id, said, own.length, heard, theirs.length, heardEnd ? " and the end" : "");
  }
}

package dev.outrider.proxy.pipeline;

import java.net.Inet4Address;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Comparator;

/// The address of this machine that Envoy calls its local one: the first of IPv4 that is not
/// loopback; 127.0.0.1 if there is none.
public final class OwnAddress {
  public static final String TEXT = find();

  private OwnAddress() {}

  private static String find() {
    try {
      return NetworkInterface.networkInterfaces()
          .sorted(Comparator.comparingInt(NetworkInterface::getIndex))
          .flatMap(NetworkInterface::inetAddresses)
          .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
          .map(address -> String.valueOf(address.getHostAddress()))
          .findFirst()
          .orElse("127.0.0.1");
    } catch (SocketException _) {
      return "127.0.0.1";
    }
  }
}

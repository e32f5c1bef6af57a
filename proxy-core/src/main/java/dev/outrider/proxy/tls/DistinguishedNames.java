package dev.outrider.proxy.tls;

import java.util.Map;
import java.util.regex.Pattern;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/// Distinguished names as text (RFC 2253, as Envoy writes subjects and issuers).
final class DistinguishedNames {
  private static final Pattern COMMON_NAME = Pattern.compile("(?:^|[,+])CN=((?:\\\\.|[^,+\\\\])*)");
  private static final Pattern ESCAPE = Pattern.compile("\\\\(.)");
  private static final Map<String, String> OIDS =
      Map.of(
          "1.2.840.113549.1.9.1", "emailAddress",
          "2.5.4.5", "serialNumber",
          "2.5.4.4", "SN",
          "2.5.4.42", "GN",
          "2.5.4.12", "title");

  private DistinguishedNames() {}

  static String text(X500Principal name) {
    return name.getName(X500Principal.RFC2253, OIDS);
  }

  static @Nullable String commonName(X500Principal name) {
    var found = COMMON_NAME.matcher(text(name));
    return found.find() ? ESCAPE.matcher(found.group(1)).replaceAll("$1") : null;
  }
}
